//! Goal: secrets rotate from the command line by local programs and by the built-in generator; a program gets what it needs and
//! nothing more, and whatever it does, or whoever ends it, the secret stays whole.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;

use common::{BINARY, Home, Ran};
use serde_json::{Value, json};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:rotate";
const OTHER: &str = "arn:aws:lambda:us-east-1:000000000000:function:other";
const ROTATION_POLICY: &str = "arn:aws:iam::aws:policy/service-role/AWSSecretsManagerRotationFunctionRole";

/// Words of each program: reads its event, and calls back.
const PRELUDE: &str = r#"#!/bin/bash
set -eu
event=$(cat)
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<< "$event"; }
step=$(member Step) id=$(member SecretId) token=$(member ClientRequestToken) proof=$(member RotationToken)
call() { strongroom rotation call "$@"; }
current() {
    call DescribeSecret --field "VersionIdsToStages" <<< "{\"SecretId\":\"$id\"}" |
        tr '}' '\n' | tr ']' '\n' | sed -n 's/.*"\([^"]*\)":\[[^]]*"AWSCURRENT".*/\1/p'
}
create() {
    call PutSecretValue <<< "{\"SecretId\":\"$id\",\"ClientRequestToken\":\"$token\",\"SecretString\":\"value of $token\",
        \"VersionStages\":[\"AWSPENDING\"],\"RotationToken\":\"$proof\"}"
}
finish() {
    from=$(current)
    [ "$from" = "$token" ] || call UpdateSecretVersionStage <<< "{\"SecretId\":\"$id\",\"VersionStage\":\"AWSCURRENT\",
        \"MoveToVersionId\":\"$token\",\"RemoveFromVersionId\":\"$from\"}"
}
"#;
/// A whole function.
const WHOLE: &str = r#"
case $step in
    createSecret) create ;;
    setSecret) ;;
    testSecret) [ "$(call GetSecretValue --field SecretString <<< "{\"SecretId\":\"$id\",\"VersionStage\":\"AWSPENDING\"}")" = "value of $token" ] ;;
    finishSecret) finish ;;
esac
"#;

/// A store with a secret `s`, and a program that may rotate it.
struct Bench(Home);

impl Bench {
    fn with(program: &str) -> Self {
        Self::with_functions(program, &json!({"time_limit": 60}))
    }
    fn with_functions(program: &str, options: &Value) -> Self {
        let home = Home::with_store();
        home.ok(["role", "create", "rotator", "--service", "lambda.amazonaws.com"]);
        home.ok(["policy", "attach", ROTATION_POLICY, "--role", "rotator"]);
        home.ok_with("first", ["put", "s"]);
        let bench = Self(home);
        bench.write_program(program);
        let mut function =
            json!({"kind": "program", "role": "rotator", "argv": [bench.0.path("program"), "one", "two three"]});
        function.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let other = json!({"kind": "generate", "role": "rotator", "password": {"PasswordLength": 20}});
        bench.write_functions(&json!({FUNCTION: function, OTHER: other}));
        bench
    }
    fn write_program(&self, program: &str) {
        let path = self.0.write("program", format!("{PRELUDE}{program}"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    fn write_functions(&self, functions: &Value) {
        let path = self.0.write("functions.json", functions.to_string());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = self.0.command(arguments);
        let folder = Path::new(BINARY).parent().unwrap();
        let path = std::env::join_paths([folder, "/usr/bin".as_ref(), "/bin".as_ref()]).unwrap();
        command.env("PATH", path).env("STRONGROOM_FUNCTIONS", "functions.json").env("NOT_FOR_PROGRAMS", "hunter2");
        command
    }
    fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        Ran::of(self.command(arguments), b"")
    }
    /// Configures the program and begins a rotation.
    fn begin(&self) -> Ran {
        self.run(["rotation", "set", "s", "--function", FUNCTION])
    }
    fn value(&self) -> String {
        self.0.ok(["get", "s"])
    }
    /// Versions and their labels, as `token: LABEL LABEL`.
    fn labels(&self) -> Vec<(String, Vec<String>)> {
        let told: Value = serde_json::from_str(&self.0.ok(["-o", "json", "describe", "s"])).unwrap();
        let words =
            |labels: &Value| labels.as_array().unwrap().iter().map(|l| l.as_str().unwrap().to_owned()).collect();
        let map = told["VersionIdsToStages"].as_object().unwrap();
        map.iter().map(|(id, labels)| (id.clone(), words(labels))).collect()
    }
    fn pending(&self) -> Option<String> {
        let found = self.labels().into_iter().find(|(_, labels)| labels.iter().any(|label| label == "AWSPENDING"));
        found.map(|(id, _)| id)
    }
    /// Exactly one current version, which holds what its rotation put there, one before it, and nothing pending.
    #[track_caller]
    fn is_whole(&self) {
        let labels = self.labels();
        let holders = |label: &str| labels.iter().filter(|(_, own)| own.iter().any(|l| l == label)).collect::<Vec<_>>();
        let current = holders("AWSCURRENT");
        assert_eq!((current.len(), holders("AWSPREVIOUS").len(), self.pending()), (1, 1, None), "{labels:?}");
        assert_eq!(self.value(), format!("value of {}", current[0].0));
    }
    fn status(&self) -> Value {
        serde_json::from_str(&self.0.ok(["-o", "json", "rotation", "status", "s"])).unwrap()
    }
    /// What a program left in a file.
    fn left(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path(name)).unwrap()
    }
    fn path(&self, name: &str) -> String {
        self.0.path(name).to_str().unwrap().to_owned()
    }
}

#[test]
fn a_program_rotates_a_secret_by_its_four_steps() {
    let bench = Bench::with("");
    bench.write_program(&format!("echo \"$step $# $1 $2\" >> {}\n{WHOLE}", bench.path("steps")));
    let told = bench.begin().ok();
    assert!(told.starts_with("s\t"), "{told}");
    bench.is_whole();
    let steps = bench.left("steps");
    let wanted =
        ["createSecret", "setSecret", "testSecret", "finishSecret"].map(|step| format!("{step} 2 one two three\n"));
    assert_eq!(steps, wanted.concat());
    // Set is set: now and again.
    let json: Value = serde_json::from_str(&bench.run(["-o", "json", "rotation", "set", "s"]).ok()).unwrap();
    assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["ARN", "Name", "VersionId"]);
    bench.is_whole();
    assert_eq!(bench.left("steps").lines().count(), 8);
    let status = bench.status();
    assert_eq!(status["RotationEnabled"], true);
}

#[test]
fn a_generated_value_comes_by_the_schedule_of_the_command_line() {
    let bench = Bench::with("exit 1");
    bench.run(["rotation", "set", "s", "--function", OTHER, "--schedule", "rate(10 days)", "--window", "3h"]).ok();
    let (first, second) = (bench.value(), {
        bench.run(["rotation", "set", "s"]).ok();
        bench.value()
    });
    assert_eq!((first.len(), second.len()), (20, 20));
    assert_ne!(first, second);
    let told: Value = serde_json::from_str(&bench.0.ok(["-o", "json", "describe", "s"])).unwrap();
    assert_eq!(told["RotationRules"]["ScheduleExpression"], "rate(10 days)");
    assert_eq!(told["RotationRules"]["Duration"], "3h");
    assert!(told["NextRotationDate"].is_number() && told["LastRotatedDate"].is_number(), "{told}");
    // Cancelled, it keeps all that and rotates no more.
    let cancelled: Value = serde_json::from_str(&bench.run(["-o", "json", "rotation", "cancel", "s"]).ok()).unwrap();
    assert_eq!(cancelled.as_object().unwrap().keys().collect::<Vec<_>>(), ["ARN", "Name"]);
    assert_eq!(bench.status()["RotationEnabled"], false);
    bench.run(["rotation", "run-due"]).ok();
    assert_eq!(bench.value(), second);
}

#[test]
fn a_failed_step_keeps_the_secret_and_is_tried_again_with_the_same_version() {
    let bench = Bench::with(&format!("[ $step != setSecret ] || exit 3\n{WHOLE}"));
    let ran = bench.begin();
    ran.ok();
    assert!(ran.err().contains("rotation"), "{}", ran.err());
    assert_eq!(bench.value(), "first");
    let pending = bench.pending().unwrap();
    let status = bench.status();
    assert_eq!((&status["Step"], &status["Failures"]), (&json!("createSecret"), &json!(1)), "{status}");
    assert_eq!(status["PendingVersionId"], *pending);
    assert_eq!(status["LastFailure"], "setSecret: the program ended with exit status: 3");
    // Not due yet; but whoever asks for it gets another try, and one that fails says so.
    bench.run(["rotation", "run-due"]).ok();
    assert_eq!(bench.status()["Failures"], 1);
    let told = bench.run(["rotation", "resume", "s"]).refused(1, "Rotation");
    assert!(told.contains("rotation status s"), "{told}");
    assert_eq!(bench.status()["Failures"], 2);
    bench.write_program(WHOLE);
    bench.run(["rotation", "resume", "s"]).ok();
    bench.is_whole();
    assert_eq!(bench.value(), format!("value of {pending}"));
}

#[test]
fn the_end_of_the_store_s_own_process_at_any_step_loses_nothing() {
    for (step, when) in ["createSecret", "setSecret", "testSecret", "finishSecret"]
        .into_iter()
        .flat_map(|step| ["before", "after"].map(|when| (step, when)))
    {
        let bench = Bench::with("");
        let end = format!("[ $step != {step} ] || kill -9 $PPID");
        let program = if when == "before" { format!("{end}\n{WHOLE}") } else { format!("{WHOLE}\n{end}") };
        bench.write_program(&program);
        let ended = bench.begin();
        assert_eq!(ended.0.status.code(), None, "{step} {when}: {}", ended.err());
        let found = bench.labels();
        let current = found.iter().filter(|(_, labels)| labels.iter().any(|label| label == "AWSCURRENT")).count();
        assert_eq!(current, 1, "{step} {when}: {found:?}");
        bench.write_program(WHOLE);
        bench.run(["rotation", "run-due"]).ok();
        bench.is_whole();
    }
}

#[test]
fn a_program_that_does_not_end_is_ended_with_all_that_it_began() {
    let bench = Bench::with_functions("", &json!({"time_limit": 1}));
    let pipe = bench.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    bench.write_program(&format!("exec 8> {pipe}\nsleep 1000 &\nsleep 1000"));
    // Whoever has the other end open is alive.
    let reader = thread::spawn(move || File::open(pipe).unwrap().read_to_end(&mut Vec::new()).unwrap());
    bench.begin().ok();
    reader.join().unwrap();
    let status = bench.status();
    assert!(status["LastFailure"].as_str().unwrap().contains("ended after 1 s"), "{status}");
    // What a program leaves behind when it ends by itself is ended as well.
    let pipe = bench.path("pipe");
    bench.write_program(&format!("exec 8> {pipe}\nsleep 1000 &\n{WHOLE}"));
    let reader = thread::spawn(move || {
        for _ in 0..4 {
            File::open(&pipe).unwrap().read_to_end(&mut Vec::new()).unwrap();
        }
    });
    bench.run(["rotation", "resume", "s"]).ok();
    reader.join().unwrap();
    bench.is_whole();
}

#[test]
fn no_secret_is_on_the_command_line_or_in_the_environment_and_nothing_else_is_open() {
    let bench = Bench::with("");
    let (environment, line, open) = (bench.path("environment"), bench.path("line"), bench.path("open"));
    // The shell's own words are not ours: the program is looked at as it was begun.
    bench.write_program(&format!(
        "cp /proc/$$/environ {environment}; cp /proc/$$/cmdline {line}\nls -l /proc/$$/fd > {open}; ls -d /proc/$$/cwd/ >> {open}\n{WHOLE}"
    ));
    bench.begin().ok();
    bench.is_whole();
    let environment = bench.left("environment");
    let names: Vec<&str> = environment.split_terminator('\0').map(|pair| pair.split('=').next().unwrap()).collect();
    let mut known = names.clone();
    known.retain(|name| ["HOME", "PATH", "STRONGROOM_CALLBACK_FD"].contains(name));
    assert_eq!(names, known, "nothing else was in our environment that programs may see");
    assert_eq!(names.len(), 3);
    let line = bench.left("line");
    assert_eq!(line.split_terminator('\0').skip(1).collect::<Vec<_>>(), [&*bench.path("program"), "one", "two three"]);
    for text in [&environment, &line] {
        for word in ["first", "value of", "root-key", "hunter2", "RotationToken", "createSecret"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
    // Standard streams, the way back, and the script that the shell reads.
    let open = bench.left("open");
    let targets: Vec<&str> = open.lines().filter_map(|line| line.split_once(" -> ").map(|(_, to)| to)).collect();
    let sockets = targets.iter().filter(|to| to.starts_with("socket:")).count();
    assert_eq!(sockets, 1, "{open}");
    assert!(targets.iter().all(|to| !to.contains("strongroom") && !to.contains("root.key")), "{open}");
    assert!(targets.contains(&"/dev/null"), "{open}");
}

#[test]
fn a_program_has_the_rights_of_its_function_and_no_more() {
    let bench = Bench::with("");
    bench.0.ok_with("another value", ["put", "another"]);
    let another = bench.0.ok(["-q", "describe", "another"]);
    bench.run(["rotation", "set", "another", "--function", OTHER, "--not-now", "--every", "30"]).ok();
    let said = bench.path("said");
    let ask = |what: &str| format!("{what} >> {said} 2>&1 && exit 9 || echo \"code $?\" >> {said}\n");
    let another = another.trim();
    let asks = [
        // A secret of another function, by name and by ARN, to read and to write.
        ask("call GetSecretValue <<< '{\"SecretId\":\"another\"}'"),
        ask(&format!("call PutSecretValue <<< '{{\"SecretId\":\"{another}\",\"SecretString\":\"mine\"}}'")),
        ask(&format!("call GetSecretValue <<< '{{\"SecretId\":\"{another}-no\"}}'")),
        ask("call ListSecrets < /dev/null"),
        ask("call DeleteSecret <<< \"{\\\"SecretId\\\":\\\"$id\\\"}\""),
        ask("call ListUsers --service iam < /dev/null"),
        ask("call ListKeys --service kms < /dev/null"),
    ];
    bench.write_program(&format!("if [ $step = setSecret ]; then\n{}fi\n{WHOLE}", asks.concat()));
    bench.begin().ok();
    bench.is_whole();
    let said = bench.left("said");
    assert_eq!(said.matches("code 4").count(), asks.len(), "{said}");
    assert_eq!(said.matches("error[AccessDenied").count(), asks.len(), "{said}");
    assert!(said.contains("assumed-role/rotator/"), "{said}");
    assert_eq!(bench.0.ok(["get", "another"]), "another value");
    // And without the way back, there is none.
    let told = bench.run(["rotation", "call", "ListSecrets"]).refused(2, "Usage");
    assert!(told.contains("STRONGROOM_CALLBACK_FD"), "{told}");
    let mut lost = bench.command(["rotation", "call", "ListSecrets"]);
    lost.env("STRONGROOM_CALLBACK_FD", "63");
    Ran::of(lost, b"").refused(1, "Callback");
}

#[test]
fn what_a_program_says_is_bounded_and_cannot_speak_to_the_terminal() {
    let bench = Bench::with(&format!(
        "printf '\\033[2Jgone\\007\\n\\xff\\n' >&2\nif [ $step = setSecret ]; then head -c 1000000 /dev/zero | tr '\\0' x >&2; fi\necho stdout\n{WHOLE}"
    ));
    let ran = bench.begin();
    assert!(!ran.ok().contains("stdout"));
    bench.is_whole();
    let told = ran.err();
    assert!(told.contains("program: \\u{1b}[2Jgone\\u{7}\n") && told.contains("program: \u{fffd}\n"), "{told}");
    assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{told:?}");
    assert!(told.len() < 100_000 && told.contains("is left out"), "{} bytes", told.len());
}

#[test]
fn what_is_no_call_is_refused_and_the_program_may_go_on() {
    let bench = Bench::with("");
    let said = bench.path("said");
    // Straight to the descriptor, without the helper.
    bench.write_program(&format!(
        r#"
raw() {{ printf '%s\n' "$1" >&$STRONGROOM_CALLBACK_FD; read -r answer <&$STRONGROOM_CALLBACK_FD; printf '%s\n' "$answer" >> {said}; }}
if [ $step = setSecret ]; then
    raw 'hunter2'
    raw '{{"operation":"GetSecretValue","input":{{"SecretId":"s"}},"more":"hunter2"}}'
    raw '{{"operation":"GetSecretValue","operation":"GetSecretValue"}}'
    raw '{{"operation":"NoSuchThing","input":{{}}}}'
    raw '{{"operation":"ListKeys","service":"nowhere"}}'
    raw '{{"operation":"GetSecretValue","input":{{"SecretId":7}}}}'
    raw '{{"operation":"GetSecretValue"}}'
    raw "{{\"operation\":\"DescribeSecret\",\"input\":{{\"SecretId\":\"$id\"}}}}"
fi
{WHOLE}"#
    ));
    bench.begin().ok();
    bench.is_whole();
    let said = bench.left("said");
    let answers: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let codes: Vec<&str> = answers[..7].iter().map(|answer| answer["error"]["__type"].as_str().unwrap()).collect();
    assert_eq!(
        codes,
        [
            "SerializationException",
            "SerializationException",
            "SerializationException",
            "UnknownOperationException",
            "UnknownOperationException",
            "SerializationException",
            "ValidationException"
        ],
        "{said}"
    );
    assert_eq!(answers[7]["output"]["Name"], "s");
    assert!(!said.contains("hunter2"), "{said}");
    // A line without an end is the end.
    bench.write_program("head -c 1000000 /dev/zero | tr '\\0' x >&$STRONGROOM_CALLBACK_FD; sleep 1000");
    bench.run(["rotation", "set", "s"]).ok();
    let status = bench.status();
    assert!(status["LastFailure"].as_str().unwrap().contains("too long"), "{status}");
    // So is asking without listening: whoever does not read his answers does not hold us up either.
    bench.write_program(
        "for i in $(seq 2000); do printf '{\"operation\":\"DescribeSecret\",\"input\":{\"SecretId\":\"%s\"}}\\n' \"$id\"; done >&$STRONGROOM_CALLBACK_FD; exit 5",
    );
    bench.write_functions(
        &json!({FUNCTION: {"kind": "program", "role": "rotator", "argv": [bench.path("program")], "time_limit": 2}}),
    );
    bench.run(["rotation", "resume", "s"]).refused(1, "Rotation");
    assert_eq!(bench.status()["Failures"], 2);
}

#[test]
fn a_function_that_nobody_knows_is_refused_and_nothing_is_stored() {
    let bench = Bench::with(WHOLE);
    let told = bench.run(["rotation", "set", "s", "--function", &format!("{FUNCTION}-not")]).refused(4, "AccessDenied");
    assert!(told.contains("cannot invoke the specified Lambda function"), "{told}");
    let told: Value = serde_json::from_str(&bench.0.ok(["-o", "json", "describe", "s"])).unwrap();
    assert!(told.get("RotationEnabled").is_none() && told.get("RotationLambdaARN").is_none(), "{told}");
    bench.run(["rotation", "set", "s"]).refused(8, "InvalidState");
    // A program that cannot be started is a failure of the rotation.
    std::fs::remove_file(bench.0.path("program")).unwrap();
    bench.begin().ok();
    assert!(bench.status()["LastFailure"].as_str().unwrap().contains("does not start"), "{}", bench.status());
    // Whoever has no functions at hand leaves rotations to those who have.
    let before = bench.status();
    bench.0.ok(["rotation", "run-due"]);
    bench.0.ok(["get", "s"]);
    assert_eq!(bench.status(), before);
}

#[test]
fn the_file_of_functions_is_ours_and_says_only_what_is_known() {
    let bench = Bench::with(WHOLE);
    std::fs::set_permissions(bench.0.path("functions.json"), std::fs::Permissions::from_mode(0o664)).unwrap();
    let told = bench.begin().refused(2, "Config");
    assert!(told.contains("chmod go-w"), "{told}");
    bench.write_functions(
        &json!({FUNCTION: {"kind": "program", "role": "rotator", "argv": ["/bin/true"], "shell": true}}),
    );
    let told = bench.begin().refused(2, "Config");
    assert!(told.contains("unknown field `shell`") && told.contains("functions.json"), "{told}");
    bench.write_functions(&json!({"rotate": {"kind": "generate", "role": "rotator"}}));
    assert_ne!(bench.begin().0.status.code(), Some(0), "that is no ARN of a function");
    bench.run(["rotation", "run-due", "--functions", "nowhere.json"]).refused(3, "NotFound");
    assert_eq!(bench.value(), "first");
}
