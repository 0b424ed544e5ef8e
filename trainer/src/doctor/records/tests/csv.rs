use super::*;

#[test]
fn a_table_is_read() {
    let bench = Bench::new();
    let text = "\u{feff}Iter;\"D loss\";loss/G;lr;fid\r\n\
                1;0.5;nan;1e-4;\r\n\
                2;\"1.5\";-Infinity;1e-4;20\r\n\
                \r\n\
                1e1;1.0;2.0;1e-4;\r\n";
    let reading = bench.read("a.csv", text, &[]).unwrap();
    assert_eq!(signs(&reading), ["d_loss", "g_loss", "fid"]);
    assert_eq!(mean(&reading, Sign::CriticLoss), 1.0);
    assert_eq!(mean(&reading, Sign::FrechetDistance), 20.0);
    assert_eq!(
        reading.history.non_finite(Sign::GeneratorLoss),
        Some((2, 1))
    );
    assert_eq!(reading.history.last_step(), 10);
    assert_eq!(reading.ignored, ["lr"]);
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);
}

#[test]
fn columns_are_mapped() {
    let bench = Bench::new();
    let text = "n,A (x),B\n1,1,2\n2,3,4\n";
    let reading = bench.read("a.csv", text, &["d_loss=A (x)", "g_loss=b", "step=n"]);
    let reading = reading.unwrap();
    assert_eq!(mean(&reading, Sign::CriticLoss), 2.0);
    assert_eq!(mean(&reading, Sign::GeneratorLoss), 3.0);
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);

    let message = bench.read("a.csv", text, &[]).unwrap_err();
    says(&message, &["`n`, `A (x)`, `B`", "--map d_loss=THEIRS"]);
    let message = bench.read("a.csv", text, &["d_loss=A(x)"]).unwrap_err();
    says(&message, &["no column `A(x)`", "did you mean `A (x)`?"]);
}

#[test]
fn an_exact_name_goes_before_a_like_one() {
    let bench = Bench::new();
    let text = "Loss-D,Loss/D\n1,2\n1,2\n";
    for (theirs, value) in [("Loss/D", 2.0), ("Loss-D", 1.0)] {
        let reading = bench.read("a.csv", text, &[&format!("d_loss={theirs}")]);
        let reading = reading.unwrap();
        assert_eq!(mean(&reading, Sign::CriticLoss), value);
        assert_eq!(reading.ignored.len(), 1);
    }
    let message = bench.read("a.csv", text, &["d_loss=loss_d"]).unwrap_err();
    says(&message, &["`Loss-D` and `Loss/D` both are d_loss"]);
}

#[test]
fn two_columns_of_one_sign_are_refused() {
    let bench = Bench::new();
    let message = bench.read("a.csv", "d_loss,errD\n1,2\n", &[]).unwrap_err();
    says(
        &message,
        &["`d_loss` and `errD` both are d_loss", "--map d_loss=d_loss"],
    );
    let message = bench
        .read("a.csv", "d_loss,a,d_loss\n1,2,3\n", &[])
        .unwrap_err();
    says(&message, &["column 1", "column 3"]);
    let reading = bench.read("a.csv", "d_loss,errD\n1,2\n", &["d_loss=errD"]);
    assert_eq!(mean(&reading.unwrap(), Sign::CriticLoss), 2.0);
}

#[test]
fn the_best_column_of_steps_is_taken() {
    let bench = Bench::new();
    let text = "batch,global_step,d_loss\n64,100,1\n64,200,1\n64,300,1\n";
    let reading = bench.read("a.csv", text, &[]).unwrap();
    assert_eq!(reading.history.last_step(), 300);
    let text = "batch,d_loss\n64,1\n64,1\n64,1\n";
    let message = bench.read("a.csv", text, &[]).unwrap_err();
    says(
        &message,
        &["the step is 64 in all of 3 rows", "--map step="],
    );
    let reading = bench.read("a.csv", text, &["step="]).unwrap();
    assert_eq!(reading.history.last_step(), 3);
    says(&reading.notes[0], &["the lines are numbered"]);
}

#[test]
fn odd_lines_are_passed_over_and_counted() {
    let bench = Bench::new();
    let mut text = "step,d_loss,g_loss\n".to_owned();
    for step in 0..100 {
        text += &format!("{step},0.5,0.5\n");
    }
    for _ in 0..20 {
        text += "7,1\n";
    }
    text += "step,d_loss,g_loss\n100,oops,0.5\n,1,1\n101,0.5,0.5\n";
    let reading = bench.read("a.csv", text, &[]).unwrap();
    assert_eq!(
        reading.notes,
        [
            "line 102: 2 columns instead of 3, passed over",
            "line 103: 2 columns instead of 3, passed over",
            "line 104: 2 columns instead of 3, passed over",
            "and 17 more lines with a wrong number of columns",
            "line 122: the step is no number, passed over",
            "line 123: `d_loss` is `oops` and no number, left out",
            "line 124: no step, passed over",
        ]
    );
    assert_eq!(reading.history.last_step(), 101);
    let message = bench
        .read("b.csv", "step,d_loss\n1\n2\n3,1\n", &[])
        .unwrap_err();
    says(
        &message,
        &["2 of 3 lines", "line 2: 1 columns instead of 2"],
    );
}

#[test]
fn a_step_must_be_a_whole_number() {
    let bench = Bench::new();
    for step in ["-1", "0.5", "nan", "1e300"] {
        let text = format!("step,d_loss\n1,1\n{step},1\n");
        let message = bench.read("a.csv", text, &[]).unwrap_err();
        says(
            &message,
            &[&format!("line 3: the step is {step}"), "whole number"],
        );
    }
}

#[test]
fn a_run_may_be_taken_up_again_but_not_be_out_of_order() {
    let bench = Bench::new();
    let rows = |steps: &[u64]| {
        let rows = steps.iter().map(|step| format!("{step},1,1\n"));
        format!("step,d_loss,g_loss\n{}", rows.collect::<String>())
    };
    let reading = bench.read("a.csv", rows(&[1, 2, 3, 2, 3, 4]), &[]).unwrap();
    assert_eq!(reading.history.lines(), 4);
    assert_eq!(reading.notes.len(), 1);
    says(
        &reading.notes[0],
        &["went back once", "checkpoint", "forgotten"],
    );
    let steps: Vec<u64> = (0..40).map(|step| step ^ 1).collect();
    let message = bench.read("a.csv", rows(&steps), &[]).unwrap_err();
    says(&message, &["steps go back at 20 places: sort by step"]);
}

#[test]
fn steps_within_an_epoch_are_counted_on() {
    let bench = Bench::new();
    let mut text = "epoch,batch,d_loss\n".to_owned();
    for epoch in 0..50 {
        for batch in 0..10 {
            text += &format!("{epoch},{batch},0.5\n");
        }
    }
    let reading = bench.read("a.csv", text, &[]).unwrap();
    assert_eq!(reading.history.last_step(), 499);
    assert_eq!(reading.history.lines(), 500);
    assert_eq!(reading.history.rewinds(), 0);
    assert_eq!(reading.notes.len(), 1);
    says(&reading.notes[0], &["line 12", "counted on"]);
}

#[test]
fn probabilities_are_not_taken_for_scores_in_silence() {
    let bench = Bench::new();
    let mut text = "step,d_loss,d_real,D(x)\n".to_owned();
    for step in 0..20 {
        text += &format!("{step},1,0.{step},0.5\n");
    }
    let reading = bench.read("a.csv", &text, &[]).unwrap();
    assert_eq!(reading.ignored, ["D(x)"]);
    says(
        &reading.notes[0],
        &["d_real lies between 0.000 and 0.900", "--map d_real="],
    );
    let reading = bench.read("a.csv", &text, &["d_real="]).unwrap();
    assert_eq!(signs(&reading), ["d_loss"]);
    assert_eq!(reading.ignored, ["d_real", "D(x)"]);
}

#[test]
fn what_is_no_table_is_refused() {
    let bench = Bench::new();
    for (bytes, part) in [
        (b"".as_slice(), "no line in it"),
        (b"\n\r\n", "no line in it"),
        (b"step,d_loss\n", "no line after the header"),
        (b"1,2,3\n4,5,6\n", "line 1 is numbers"),
        (b"\xFF\xFEs\0t\0", "UTF-16"),
        (b"\x1F\x8B\x08\0", "gzip"),
        (b"PK\x03\x04\0", "zip"),
        (b"ab\0c\n", "zero bytes"),
        (b"step,d_loss\n1,\xE9\n2,1\n", "line 2 is not UTF-8"),
        (
            b"step,d_loss\n1,\"2\n2,3\n",
            "begins in line 2 has no closing quote",
        ),
    ] {
        says(&bench.read("a.csv", bytes, &[]).unwrap_err(), &[part]);
    }
    let long = format!("step,d_loss\n{}\n", "1".repeat((1 << 20) + 1));
    says(
        &bench.read("a.csv", long, &[]).unwrap_err(),
        &["line 2 is longer than"],
    );
    // Quadratic in the lines if each began anew.
    let open = format!("step,d_loss\n1,\"{}", "\n".repeat(2 << 20));
    says(
        &bench.read("a.csv", open, &[]).unwrap_err(),
        &["no closing quote"],
    );
}

#[test]
fn zeros_at_the_end_are_passed_over() {
    let bench = Bench::new();
    let text = format!("step,d_loss\n1,1\n2,1\n{}", "\0".repeat(500));
    let reading = bench.read("a.csv", text, &[]).unwrap();
    says(&reading.notes[0], &["line 4: 1 columns instead of 2"]);
}
