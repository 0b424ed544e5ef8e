use super::*;

const OURS: &str = r#"{"step":STEP,"images":256,"critic_loss":0.5,"generator_loss":null,"real_score":0.5,"fake_score":0.1,"vitals":{"scores":{"pull":0.25}},"seconds":0.5}"#;

#[test]
fn our_own_records_are_read_by_their_paths() {
    let bench = Bench::new();
    let lines = (1..=40).map(|step| OURS.replace("STEP", &step.to_string()) + "\n");
    let text: String = lines.collect();
    bench.write("run/metrics.jsonl", &text);
    let reading = outcome(&bench.path("run"), &[]).unwrap();
    assert_eq!(
        signs(&reading),
        ["d_loss", "g_loss", "d_real", "d_fake", "g_pull"]
    );
    assert_eq!(mean(&reading, Sign::Pull), 0.25);
    assert_eq!(
        reading.history.non_finite(Sign::GeneratorLoss),
        Some((40, 1))
    );
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);
    assert!(reading.ignored.is_empty());

    let mut history = History::new();
    for line in text.lines() {
        assert!(history.observe_record(&serde_json::from_str(line).unwrap()));
    }
    assert_eq!(
        reading.history.course(Sign::Pull, 4),
        history.course(Sign::Pull, 4)
    );

    let maps = ["d_loss=seconds", "step=images", "g_pull="];
    let message = outcome(&bench.path("run"), &maps).unwrap_err();
    says(&message, &["the step is 256 in all of 40 rows"]);
    let reading = outcome(&bench.path("run"), &["g_loss=vitals.scores.pull", "step="]);
    assert_eq!(mean(&reading.unwrap(), Sign::GeneratorLoss), 0.25);
}

#[test]
fn the_statistics_of_stylegan_are_read() {
    let bench = Bench::new();
    let line = |tick: u32| {
        format!(
            r#"{{"Loss/scores/fake": {{"num": 32, "mean": -1.5, "std": 0.5}}, "Loss/scores/real": {{"num": 32, "mean": 2.0, "std": 0.25}}, "Loss/signs/real": {{"num": 1, "mean": 0.5, "std": 0}}, "Loss/D/loss": {{"num": 32, "mean": 1.0, "std": 0.1}}, "Loss/G/loss": {{"num": 32, "mean": NaN, "std": NaN}}, "Progress/tick": {{"num": 1, "mean": {tick}.0, "std": 0.0}}, "Progress/kimg": {{"num": 1, "mean": 0.1, "std": 0.0}}, "timestamp": 1.5}}"#
        ) + "\n"
    };
    let text: String = (0..20).map(line).collect();
    let reading = bench.read("stats.jsonl", text, &[]).unwrap();
    assert_eq!(
        signs(&reading),
        [
            "d_loss",
            "g_loss",
            "d_real",
            "d_fake",
            "d_real_std",
            "d_fake_std"
        ]
    );
    assert_eq!(mean(&reading, Sign::RealScore), 2.0);
    assert_eq!(mean(&reading, Sign::FakeScoreStd), 0.5);
    assert_eq!(
        reading.history.non_finite(Sign::GeneratorLoss),
        Some((20, 0))
    );
    assert_eq!(reading.history.last_step(), 19);
    assert_eq!(
        reading.ignored,
        ["Loss/signs/real.mean", "Progress/kimg.mean", "timestamp"]
    );
    assert_eq!(reading.notes.len(), 1);
    says(&reading.notes[0], &["20 values are null or NaN"]);
}

#[test]
fn a_metric_of_stylegan_is_read() {
    let bench = Bench::new();
    let line = r#"{"results": {"fid50k_full": 12.5}, "metric": "fid50k_full"}"#;
    let reading = bench.read("metric-fid50k_full.jsonl", format!("{line}\n{line}\n"), &[]);
    let reading = reading.unwrap();
    assert_eq!(mean(&reading, Sign::FrechetDistance), 12.5);
    assert_eq!(reading.history.last_step(), 2);
    assert_eq!(reading.ignored, ["metric"]);
    says(&reading.notes[0], &["the lines are numbered"]);
    says(&reading.notes[1], &["neither d_loss nor g_loss"]);
}

#[test]
fn nested_names_are_mapped_with_or_without_the_mean() {
    let bench = Bench::new();
    let text = "{\"a\":{\"b c\":{\"mean\":3}},\"i\":1}\n".repeat(2);
    for theirs in ["a.b c.mean", "a.b c", "a/b_c"] {
        let reading = bench.read("a.jsonl", &text, &[&format!("d_loss={theirs}")]);
        assert_eq!(mean(&reading.unwrap(), Sign::CriticLoss), 3.0, "{theirs}");
    }
}

#[test]
fn broken_lines_are_notes_until_they_are_most() {
    let bench = Bench::new();
    let good = "{\"step\": 1, \"d_loss\": Infinity, \"g_loss\": \"0.5\"}\n";
    let text = format!("{good}oops\n\n[1]\n{good}{good}{{\"step\": 2, \"d_l\u{e9}");
    let mut bytes = text.into_bytes();
    bytes.pop();
    let reading = bench.read("a.jsonl", &bytes, &[]).unwrap_err();
    says(&reading, &["the step is 1 in all of 3 rows"]);
    let reading = bench.read("a.jsonl", &bytes, &["step="]).unwrap();
    assert_eq!(
        reading.notes[..3],
        [
            "line 2: no JSON from column 1 on, `oops`, passed over",
            "line 4: JSON, but no object, passed over",
            "line 7, the last, is cut short (a run that still writes?), passed over",
        ]
    );
    assert_eq!(reading.history.lines(), 3);

    let text = "{'step': 1, 'd_loss': 0.5}\n{'step': 2, 'd_loss': 0.5}\n";
    let message = bench.read("a.jsonl", text, &[]).unwrap_err();
    says(&message, &["2 of 2 lines", "no JSON from column 2 on"]);
    let message = bench
        .read("a.jsonl", "{\"step\": 1, \"d_lo", &[])
        .unwrap_err();
    says(&message, &["no row with a value in it"]);
}

#[test]
fn odd_values_are_notes_and_odd_steps_errors() {
    let bench = Bench::new();
    let text = r#"{"step": 1, "d_loss": [1, 2], "g_loss": true}
{"d_loss": 1}
{"config": "x"}
{"step": null, "d_loss": 1}
{"step": 2, "d_loss": 1}
{"step": 3, "d_loss": 1}
{"step": 4, "d_loss": 1}
"#;
    let reading = bench.read("a.jsonl", text, &[]).unwrap();
    assert_eq!(
        reading.notes,
        [
            "line 1: `d_loss` is `[1,2]` and no number, left out",
            "line 1: `g_loss` is `true` and no number, left out",
            "line 2: no step, passed over",
            "line 4: no step, passed over",
        ]
    );
    for step in ["-1", "1.5", "\"x\"", "[1]"] {
        let text = format!("{{\"step\": {step}, \"d_loss\": 1}}\n");
        let message = bench.read("a.jsonl", text, &[]).unwrap_err();
        says(&message, &["line 1: the step is"]);
    }
    let reading = bench.read("a.jsonl", "{\"step\": \"5\", \"d_loss\": 1}\n", &[]);
    assert_eq!(reading.unwrap().history.last_step(), 5);
    let message = bench
        .read("a.jsonl", "{\"a\": 1, \"b\u{1}\": 2}\n", &[])
        .unwrap_err();
    says(&message, &["no JSON"]);
    let message = bench
        .read("a.jsonl", "{\"a\": 1, \"\\u001b\": 2}\n", &[])
        .unwrap_err();
    says(&message, &["`\u{fffd}`, `a`"]);
}

#[test]
fn a_new_name_a_line_costs_no_memory() {
    let bench = Bench::new();
    let lines = (0..10_000).map(|step| format!("{{\"step\":{step},\"d_loss\":1,\"x{step}\":1}}\n"));
    let reading = bench
        .read("a.jsonl", lines.collect::<String>(), &[])
        .unwrap();
    assert!(reading.ignored.len() < 4100);
    assert_eq!(reading.history.last_step(), 9999);
}

#[test]
fn deep_nesting_is_a_broken_line() {
    let bench = Bench::new();
    let deep = "{\"a\":".repeat(100_000);
    let message = bench.read("a.jsonl", deep + "\n", &[]).unwrap_err();
    says(&message, &["1 of 1 lines"]);
}
