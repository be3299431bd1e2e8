//! Lists, page by page to their end.

use strongroom::Error;
use strongroom::name::Text;

/// All entries of a list: `page` gets the marker of a page, none for the first, and gives its entries and the next marker.
pub fn every<T>(mut page: impl FnMut(Option<Text>) -> Result<(Vec<T>, Option<Text>), Error>) -> Result<Vec<T>, Error> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let (entries, next) = page(marker)?;
        all.extend(entries);
        if next.is_none() {
            return Ok(all);
        }
        marker = next;
    }
}
