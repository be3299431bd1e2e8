//! Counts of what is served, in the text form of Prometheus.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use strongroom::operation::ALL;
use strongroom::{DueReport, SecretBytes, Status};

use crate::handler::{Handler, Ready, Work, gets};
use crate::{Answer, Request};

/// What one server has done.
#[derive(Default)]
pub struct Metrics(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(&'static str, &'static str, u16), u64>,
    times: BTreeMap<&'static str, Histogram>,
    refused: BTreeMap<&'static str, u64>,
    connections: BTreeMap<&'static str, u64>,
    open: usize,
    displaced: u64,
    due_runs: u64,
    due_failures: u64,
    due: [(&'static str, u64); 6],
}

/// Calls by the time that they took.
#[derive(Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// A request was answered.
    pub(crate) fn answered(&self, service: &'static str, operation: &str, status: u16, time: Duration) {
        // Whatever callers write for a name, there are only so many rows.
        let known =
            ALL.iter().find(|entry| (entry.service, entry.name) == (service, operation)).map(|entry| entry.name);
        let operation = known.or_else(|| LOCAL.iter().find(|name| **name == operation).copied()).unwrap_or("other");
        let mut counts = self.counts();
        *counts.requests.entry((service, operation, status)).or_default() += 1;
        counts.times.entry(service).or_default().add(time);
    }
    /// Bytes, a connection or a request were not taken.
    pub(crate) fn refused(&self, why: &'static str) {
        *self.counts().refused.entry(why).or_default() += 1;
    }
    /// A connection came in; so many are open.
    pub(crate) fn accepted(&self, transport: &'static str, open: usize) {
        let mut counts = self.counts();
        *counts.connections.entry(transport).or_default() += 1;
        counts.open = open;
    }
    /// One ended; so many are open.
    pub(crate) fn ended(&self, open: usize, displaced: bool) {
        let mut counts = self.counts();
        counts.open = open;
        counts.displaced += u64::from(displaced);
    }
    /// Due work was done, or failed.
    pub fn due(&self, report: Option<&DueReport>) {
        let mut counts = self.counts();
        counts.due_runs += 1;
        let Some(report) = report else {
            counts.due_failures += 1;
            return;
        };
        let done = [
            ("purged_secrets", report.purged_secrets),
            ("deleted_keys", report.deleted_keys),
            ("rotated_keys", report.rotated_keys),
            ("expired_materials", report.expired_materials),
            ("rotations_finished", report.rotations_finished),
            ("rotations_failed", report.rotations_failed),
        ];
        for (row, (name, more)) in counts.due.iter_mut().zip(done) {
            *row = (name, row.1.saturating_add(more as u64));
        }
    }
    /// All of it, and what the store says of itself.
    #[must_use]
    pub fn text(&self, store: Option<&Status>) -> String {
        let mut page = Page::default();
        {
            let counts = self.counts();
            page.head("strongroom_requests_total", "counter", "Requests answered.");
            for ((service, operation, status), count) in &counts.requests {
                let labels = format!("service=\"{service}\",operation=\"{operation}\",status=\"{status}\"");
                page.row("strongroom_requests_total", &labels, *count);
            }
            page.head("strongroom_request_duration_seconds", "histogram", "From a request's last byte to its answer.");
            for (service, times) in &counts.times {
                times.tell(&mut page, service);
            }
            page.head("strongroom_refused_total", "counter", "What was not taken, by reason.");
            for (why, count) in &counts.refused {
                page.row("strongroom_refused_total", &format!("reason=\"{why}\""), *count);
            }
            page.head("strongroom_connections_total", "counter", "Connections accepted.");
            for (transport, count) in &counts.connections {
                page.row("strongroom_connections_total", &format!("transport=\"{transport}\""), *count);
            }
            page.single("strongroom_connections", "gauge", "Connections open.", counts.open as u64);
            page.single(
                "strongroom_connections_displaced_total",
                "counter",
                "Connections without a request that made room for another.",
                counts.displaced,
            );
            page.single("strongroom_due_runs_total", "counter", "Runs of due work.", counts.due_runs);
            page.single("strongroom_due_failures_total", "counter", "Runs that failed.", counts.due_failures);
            page.head("strongroom_due_total", "counter", "What due work did.");
            for (name, count) in counts.due.iter().filter(|(name, _)| !name.is_empty()) {
                page.row("strongroom_due_total", &format!("kind=\"{name}\""), *count);
            }
        }
        if let Some(store) = store {
            page.single("strongroom_store_file_bytes", "gauge", "Bytes of the store's file.", store.file_bytes);
            page.single(
                "strongroom_store_cached_bytes",
                "gauge",
                "Bytes that opened rows take in memory.",
                store.cached_bytes as u64,
            );
            page.single("strongroom_store_sequence", "counter", "Commits of the store.", store.sequence);
            page.head("strongroom_store_rows", "gauge", "Rows by the letter of their table.");
            for (table, rows) in &store.rows {
                page.row("strongroom_store_rows", &format!("table=\"{table}\""), *rows);
            }
            let doubt = u64::from(store.clock_in_doubt);
            page.single("strongroom_clock_in_doubt", "gauge", "Has the clock jumped by more than 90 days?", doubt);
        }
        page.0
    }
}

impl Histogram {
    fn add(&mut self, time: Duration) {
        self.count += 1;
        self.sum = self.sum.saturating_add(time);
        for ((bound, _), bucket) in BUCKETS.iter().zip(&mut self.buckets) {
            *bucket += u64::from(time.as_micros() <= *bound);
        }
    }
    fn tell(&self, page: &mut Page, service: &str) {
        const NAME: &str = "strongroom_request_duration_seconds";
        for ((_, bound), count) in BUCKETS.iter().zip(&self.buckets) {
            page.row(&format!("{NAME}_bucket"), &format!("service=\"{service}\",le=\"{bound}\""), *count);
        }
        page.row(&format!("{NAME}_bucket"), &format!("service=\"{service}\",le=\"+Inf\""), self.count);
        page.row(&format!("{NAME}_sum"), &format!("service=\"{service}\""), self.sum.as_secs_f64());
        page.row(&format!("{NAME}_count"), &format!("service=\"{service}\""), self.count);
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text does not fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }
    fn row(&mut self, name: &str, labels: &str, value: impl fmt::Display) {
        let _ = writeln!(self.0, "{name}{{{labels}}} {value}");
    }
    fn single(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }
}

/// `GET /metrics`. It says which operations are called how often: for the operator's eyes, so on a socket of its own.
pub struct MetricsPage {
    metrics: Arc<Metrics>,
    store: Box<dyn Fn() -> Option<Status> + Send + Sync>,
}

impl MetricsPage {
    /// What the server has done, and what the store says of itself.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>, store: impl Fn() -> Option<Status> + Send + Sync + 'static) -> Self {
        Self { metrics, store: Box::new(store) }
    }
}

impl fmt::Debug for MetricsPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsPage")
    }
}

impl Handler for MetricsPage {
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer> {
        gets(&request)?;
        let text = self.metrics.text((self.store)().as_ref());
        let headers = vec![("content-type", "text/plain; version=0.0.4; charset=utf-8".to_owned())];
        Ok(Ready::boxed("metrics", Answer { status: 200, headers, body: SecretBytes::from(text) }))
    }
}

/// Operations that are this crate's own.
const LOCAL: &[&str] = &["credentials", "health", "lock", "metrics", "none", "unlock"];

/// Upper bounds in microseconds, and as seconds.
const BUCKETS: [(u128, &str); 12] = [
    (25, "0.000025"),
    (50, "0.00005"),
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (250_000, "0.25"),
    (1_000_000, "1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_service_operation_and_status_and_names_are_bounded() {
        let metrics = Metrics::default();
        metrics.answered("secretsmanager", "GetSecretValue", 200, Duration::from_micros(30));
        metrics.answered("secretsmanager", "GetSecretValue", 200, Duration::from_micros(300));
        metrics.answered("secretsmanager", "Get\"SecretValue\n", 400, Duration::from_secs(9));
        let text = metrics.text(None);
        let has = |row: &str| assert!(text.lines().any(|line| line == row), "{row} in\n{text}");
        has("strongroom_requests_total{service=\"secretsmanager\",operation=\"GetSecretValue\",status=\"200\"} 2");
        has("strongroom_requests_total{service=\"secretsmanager\",operation=\"other\",status=\"400\"} 1");
        has("strongroom_request_duration_seconds_bucket{service=\"secretsmanager\",le=\"0.00005\"} 1");
        has("strongroom_request_duration_seconds_bucket{service=\"secretsmanager\",le=\"1\"} 2");
        has("strongroom_request_duration_seconds_bucket{service=\"secretsmanager\",le=\"+Inf\"} 3");
        has("strongroom_request_duration_seconds_count{service=\"secretsmanager\"} 3");
        has("# TYPE strongroom_request_duration_seconds histogram");
    }
}
