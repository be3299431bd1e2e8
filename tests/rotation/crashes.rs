//! Rotation killed at every step and every commit: what is on the disk then is opened again, and the work that is due goes on. It
//! ends with exactly one `AWSCURRENT`, nothing half done, and no version lost.

use strongroom::operation::secretsmanager::{GetSecretValue, UpdateSecretVersionStage};
use strongroom::testing::{Call, CrashBackend, Fault, FaultBackend, Loss, Plan};
use strongroom::{Error, Session, Strongroom};

use crate::common::*;
use crate::*;

/// A store on a disk, with the secret `s` and its value `first`.
fn prepared(disk: &CrashBackend) -> (House, String) {
    let clock = clock();
    let house = House::of(builder(&clock, 7).create_on_backend(disk.clone(), key()).unwrap(), clock);
    furnish(&house);
    let first = current(&house);
    (house, first)
}
fn opened(disk: CrashBackend, seed: u64) -> House {
    let clock = clock();
    House::of(builder(&clock, seed).open_on_backend(disk, key()).unwrap(), clock)
}

/// How many rotations were still to be finished, after checking what must hold before and after they are.
fn finished(house: &House, first: &str) -> usize {
    let before = current(house);
    let value_before = value(&house.root, "s");
    assert_eq!(value(&house.root, GetSecretValue::new("s").version_id(first)), "first", "no version is lost");
    let under_way = house.root.rotation_status("s").unwrap().pending_version;
    let script = register(house);
    let (done, failed) = due(house);
    assert_eq!((done, failed), (usize::from(under_way.is_some()), 0));
    assert!(script.tokens().iter().all(|told| under_way.as_deref() == Some(told)), "the same token again");
    let after = current(house);
    if let Some(version) = under_way {
        assert_eq!(after, *version);
    } else {
        assert_eq!((&after, value(&house.root, "s")), (&before, value_before));
    }
    let labels = labels(house);
    assert!(labels.values().flatten().all(|label| label != "AWSPENDING"), "{labels:?}");
    assert_eq!(value(&house.root, GetSecretValue::new("s").version_id(first)), "first");
    assert_eq!(house.root.rotation_status("s").unwrap().pending_version, None);
    house.room.verify().unwrap();
    done
}

#[test]
fn cut_at_any_write_a_rotation_goes_on_and_ends_with_one_current_version() {
    let disk = CrashBackend::new();
    let (house, first) = prepared(&disk);
    let start = disk.cuts();
    rotate(&house, by(1).rotation_rules(every_days(30))).unwrap();
    let asked = disk.cuts();
    assert_eq!(due(&house), (1, 0));
    let end = disk.cuts();
    drop(house);
    let (mut went_on, mut over) = (0, 0);
    for cut in start..=end {
        for loss in [Loss::Nothing, Loss::Everything, Loss::Torn] {
            let house = opened(CrashBackend::from_image(disk.image(cut, loss, 1)), 9);
            let done = finished(&house, &first);
            went_on += done;
            over += 1 - done;
            if cut >= asked {
                assert_ne!(value(&house.root, "s"), "first", "what was asked for and answered is done: {cut} {loss:?}");
            }
        }
    }
    assert!(went_on > 100 && over > 10, "{went_on} went on, {over} had not begun or were over");
}

#[test]
fn a_scheduled_rotation_cut_at_any_write_is_made_up_for() {
    let disk = CrashBackend::new();
    let (house, _) = prepared(&disk);
    rotate(&house, by(1).rotation_rules(every_days(1))).unwrap();
    due(&house);
    let second = current(&house);
    let start = disk.cuts();
    house.advance_days(1);
    assert_eq!(due(&house), (1, 0));
    let end = disk.cuts();
    drop(house);
    for cut in start..=end {
        for loss in [Loss::Nothing, Loss::Everything] {
            let house = opened(CrashBackend::from_image(disk.image(cut, loss, 1)), 9);
            house.advance_days(1);
            register(&house);
            let before = current(&house);
            let (done, failed) = due(&house);
            assert_eq!(
                (done, failed),
                (
                    usize::from(
                        house.root.describe_secret("s").unwrap().version_ids_to_stages.unwrap().len() > 1
                            && before == second
                            || done == 1
                    ),
                    0
                )
            );
            assert_ne!(current(&house), second, "cut {cut}, {loss:?}");
            assert_eq!(labels_of(&house, &second), ["AWSPREVIOUS"]);
            assert_eq!(labels(&house).len(), 2);
            assert_eq!(due(&house), (0, 0), "once");
            house.room.verify().unwrap();
        }
    }
}

#[test]
fn a_test_of_a_configuration_cut_at_any_write_leaves_nothing_behind() {
    let disk = CrashBackend::new();
    let (house, first) = prepared(&disk);
    let start = disk.cuts();
    rotate(&house, by(1).rotate_immediately(false).rotation_rules(every_days(30))).unwrap();
    due(&house);
    let end = disk.cuts();
    drop(house);
    for cut in start..=end {
        for loss in [Loss::Nothing, Loss::Everything] {
            let house = opened(CrashBackend::from_image(disk.image(cut, loss, 1)), 9);
            register(&house);
            assert_eq!(due(&house), (0, 0));
            assert_eq!(
                labels(&house).into_iter().collect::<Vec<_>>(),
                [(first.clone(), vec!["AWSCURRENT".to_owned()])]
            );
            assert_eq!(value(&house.root, "s"), "first");
            house.room.verify().unwrap();
        }
    }
}

#[test]
fn the_process_may_die_in_the_midst_of_any_step() {
    // Before the step did anything, and after it did all but return.
    for step in STEPS {
        for after in [false, true] {
            let disk = CrashBackend::new();
            let (house, first) = prepared(&disk);
            rotate(&house, by(1)).unwrap();
            let image = std::sync::Arc::new(std::sync::Mutex::new(None));
            let (kept, from) = (std::sync::Arc::clone(&image), disk.clone());
            let function = move |session: &Session, event: &RotationEvent| -> Result<(), RotationFailure> {
                let dies = event.step().as_str() == step;
                if dies && !after {
                    *kept.lock().unwrap() = Some(from.live_image());
                }
                GenerateSecret::new().call(session, event)?;
                if dies && after {
                    *kept.lock().unwrap() = Some(from.live_image());
                }
                Ok(())
            };
            house.room.register_rotation_function(FUNCTION, ROLE, function).unwrap();
            due(&house);
            let image = image.lock().unwrap().take().unwrap();
            let house = opened(CrashBackend::from_image(image), 9);
            assert_eq!(finished(&house, &first), 1, "{step}");
            assert_eq!(current(&house), token(1));
        }
    }
}

/// Asks for a rotation and does what is due, as far as the disk lets it.
fn play(room: &Strongroom) -> Result<(), Error> {
    room.register_rotation_function(FUNCTION, ROLE, GenerateSecret::new())?;
    room.root().rotate_secret(by(1).rotation_rules(every_days(30)))?;
    room.run_due()?;
    Ok(())
}

#[test]
fn a_disk_that_fails_at_any_write_or_sync_costs_a_try_and_nothing_else() {
    let disk = CrashBackend::new();
    let (house, first) = prepared(&disk);
    drop(house);
    let image = disk.live_image();
    let fresh = || FaultBackend::over(CrashBackend::from_image(image.clone()));
    let open = |disk: &FaultBackend| builder(&clock(), 5).open_on_backend(disk.clone(), key());
    let clean = fresh();
    let room = open(&clean).unwrap();
    clean.plan(Plan { call: Some(Call::Len), nth: u64::MAX, fault: Fault::Error, persistent: false });
    play(&room).unwrap();
    let calls = [Call::Write, Call::Sync].map(|call| clean.calls(Some(call)));
    drop(room);
    let mut stopped = 0;
    for (call, calls) in [Call::Write, Call::Sync].into_iter().zip(calls) {
        for nth in 0..calls {
            let disk = fresh();
            let room = open(&disk).unwrap();
            disk.plan(Plan { call: Some(call), nth, fault: Fault::Error, persistent: false });
            let outcome = play(&room);
            stopped += usize::from(outcome.is_err());
            disk.heal();
            drop(room);
            let house = opened(disk.disk().clone(), 9);
            // A step whose outcome could not be written down failed for the function, perhaps: its pause is over by then.
            house.clock.advance_millis(60_000);
            finished(&house, &first);
        }
    }
    assert!(stopped > 20, "{stopped}");
}

#[test]
fn a_crash_between_moving_the_label_and_settling_leaves_the_new_value_current() {
    let (house, script) = rotating_house();
    rotate(&house, by(1)).unwrap();
    script.fail(RotationStep::TestSecret, 1);
    due(&house);
    // By hand, as an operator does who has had enough.
    let first = current(&house);
    let moved = UpdateSecretVersionStage::new("s", "AWSCURRENT").move_to_version_id(token(1));
    house.root.update_secret_version_stage(moved.remove_from_version_id(first.clone())).unwrap();
    house.clock.advance_millis(60_000);
    assert_eq!(due(&house), (1, 0));
    assert_eq!(labels_of(&house, &token(1)), ["AWSCURRENT"]);
    assert_eq!(labels_of(&house, &first), ["AWSPREVIOUS"]);
}
