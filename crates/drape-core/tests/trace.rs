//! Traces as other programs write them: which are accepted, which are refused, and what is written.

use drape_core::id::JobId;
use drape_core::trace::Trace;

/// The example of the specification.
const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn what_is_read_is_written_again() {
    let trace: Trace = EXAMPLE.parse().expect("the example");
    assert_eq!(trace.to_string(), EXAMPLE);
    assert_eq!(trace.id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(trace.span().to_string(), "00f067aa0ba902b7");
    assert!(trace.sampled());
    let child = trace.child(7);
    assert_eq!(child.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000007-01");
    // The caller does not want the trace recorded, so its children are not sampled either.
    let quiet: Trace = EXAMPLE.replace("-01", "-00").parse().expect("unsampled");
    assert!(!quiet.sampled() && !quiet.child(1).sampled());
    // Unknown flags are not passed on.
    let flags: Trace = EXAMPLE.replace("-01", "-ff").parse().expect("other flags");
    assert_eq!(flags.to_string(), EXAMPLE);
}

#[test]
fn later_versions_are_read_as_far_as_they_are_known() {
    for later in ["cc-", "01-"].map(|v| EXAMPLE.replacen("00-", v, 1)) {
        assert_eq!(later.parse::<Trace>().expect("later").to_string(), EXAMPLE);
        assert_eq!(format!("{later}-what-comes").parse::<Trace>().expect("longer").to_string(), EXAMPLE);
        assert!(format!("{later}x").parse::<Trace>().is_err());
    }
}

#[test]
fn anything_else_is_refused() {
    let bad = [
        String::new(),
        "00".to_owned(),
        EXAMPLE[..54].to_owned(),
        format!("{EXAMPLE}-00"),
        EXAMPLE.replacen("00-", "ff-", 1),
        EXAMPLE.replacen("00-", "0-0", 1),
        EXAMPLE.replace("4bf92f", "4BF92F"),
        EXAMPLE.replace("4bf92f", "+bf92f"),
        EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
        EXAMPLE.replace("00f067aa0ba902b7", &"0".repeat(16)),
        EXAMPLE.replace("00f067aa0ba902b7", "00f067aa0ba902b\n"),
        EXAMPLE.replace('-', "_"),
        EXAMPLE.replace("-01", "-0g"),
        "흰".repeat(55),
        format!("{}흰", &EXAMPLE[..53]),
    ];
    for text in bad {
        assert!(text.parse::<Trace>().is_err(), "{text:?}");
    }
    // Random numbers may be zero; ids may not.
    assert!(Trace::begin(0, 0).to_string().parse::<Trace>().is_ok());
}

#[test]
fn a_job_from_before_has_one_trace_everywhere() {
    let job = JobId::new();
    let trace = Trace::of_job(job);
    assert_eq!(trace, Trace::of_job(job));
    assert_eq!(trace.id().to_string(), job.to_string().replace('-', ""));
    assert!(trace.to_string().parse::<Trace>().is_ok());
}
