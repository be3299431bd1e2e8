//! `strongroom where`.

use crate::failure::Done;
use crate::own::Record;
use crate::run::Run;

/// Told in the form of other answers; `-q` prints the path alone.
pub const EXAMPLES: &str = "Example:
  strongroom where
  strongroom -q where    # the path alone";

pub fn run(run: &Run) -> Done {
    let settings = &run.settings;
    let store = &settings.store;
    let (way, way_by) = match run.way() {
        Ok(way) => (way.value.kind().to_owned(), way.by),
        Err(failure) => (failure.message, "nothing that can be used".to_owned()),
    };
    let record = Record::new()
        .with("Store", store.value.display().to_string())
        .with("ChosenBy", store.by.as_str())
        .with("Exists", store.value.exists())
        .with("Unlock", way)
        .with("UnlockChosenBy", way_by)
        .with("Principal", settings.principal.value.as_str())
        .with("PrincipalChosenBy", settings.principal.by.as_str())
        .with_some("Region", settings.region.as_ref().map(|region| region.value.as_str()))
        .with_some("RegionChosenBy", settings.region.as_ref().map(|region| region.by.as_str()))
        .with("Files", settings.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>());
    run.out.thing(&record, "Store")
}
