use super::*;
use crate::ErrorKind;
use crate::generator::{Generator, Source};
use crate::testing::{LATENT, Outcome, conditional_generator, generator};

fn open(onnx: &crate::testing::Onnx) -> Result<Generator> {
    Generator::builder(Source::bytes(onnx.encode())).build()
}

#[test]
fn a_class_can_be_asked_for_and_else_all_come_in_turn() -> Outcome {
    let generator = open(&conditional_generator())?;
    let of_class = |class| generator.draw(&Draw::new(7, 0..6).class(class));
    let classes = [of_class(0)?, of_class(1)?, of_class(2)?];
    assert_ne!(classes[0], classes[1]);
    let in_turn = generator.sample(7, 0..6)?;
    for i in 0..6 {
        assert_eq!(in_turn.image(i), classes[i % 3].image(i));
    }
    // Indices decide, wherever a range begins.
    assert_eq!(generator.sample(7, 4..6)?.image(0), in_turn.image(4));

    let latents = Latents::draw(7, 0..6, LATENT);
    let explicit = generator.generate_classes(&latents, &[0, 1, 2, 0, 1, 2])?;
    assert_eq!(explicit, in_turn);
    Ok(())
}

#[test]
fn classes_that_there_are_not_are_refused() -> Outcome {
    let (conditional, plain) = (open(&conditional_generator())?, open(&generator())?);
    let latents = Latents::draw(7, 0..2, LATENT);
    for (result, part) in [
        (
            conditional.draw(&Draw::new(7, 0..2).class(3)),
            "the classes 0 to 2",
        ),
        (plain.draw(&Draw::new(7, 0..2).class(0)), "knows no classes"),
        (conditional.generate(&latents), "give one for each"),
        (
            conditional.generate_classes(&latents, &[0]),
            "a class for each of 2",
        ),
        (
            conditional.generate_classes(&latents, &[0, 3]),
            "the classes 0 to 2, got 3",
        ),
        (
            plain.generate_classes(&latents, &[0, 0]),
            "knows no classes",
        ),
    ] {
        let error = result.err().ok_or(part)?;
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    Ok(())
}

#[test]
fn a_cancelled_draw_stops_and_others_go_on() -> Outcome {
    let generator = open(&generator())?;
    let cancel = Cancel::new();
    let draw = Draw::new(7, 0..3).cancel(&cancel);
    assert_eq!(generator.draw(&draw)?, generator.sample(7, 0..3)?);
    cancel.clone().cancel();
    assert!(cancel.is_cancelled());
    let error = generator.draw(&draw).map_err(|error| error.kind());
    assert_eq!(error, Err(ErrorKind::Cancelled));
    assert!(generator.draw(&Draw::new(7, 0..3)).is_ok());
    Ok(())
}
