use std::error::Error;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

fn write(folder: &Path, name: &str) -> Outcome {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().ok_or("no parent")?)?;
    Ok(fs::write(path, name)?)
}

#[test]
fn images_are_found_below_and_sorted() -> Outcome {
    let temporary = tempfile::tempdir()?;
    let root = temporary.path().join("Photos");
    for name in [
        "b.png",
        "a/2.JPG",
        "a/10.jpeg",
        "c.webp",
        "a.png",
        "notes.txt",
        "a/none",
        ".hidden.png",
        ".hidden/a.png",
    ] {
        write(&root, name)?;
    }
    fs::create_dir(root.join("folder.png"))?;
    let folder = ImageFolder::open(&root)?;
    let names: Vec<_> = (0..folder.len()).map(|i| folder.path(i)).collect();
    let expected = ["a/10.jpeg", "a/2.JPG", "a.png", "b.png", "c.webp"];
    assert_eq!(names, expected.map(|name| root.join(name)));
    assert_eq!((folder.name(), folder.passed_over()), ("photos", 2));
    Ok(())
}

#[cfg(unix)]
#[test]
fn links_lead_to_files_and_not_to_folders() -> Outcome {
    use std::os::unix::fs::symlink;

    let temporary = tempfile::tempdir()?;
    let root = temporary.path().join("photos");
    write(&root, "a.png")?;
    symlink("a.png", root.join("b.png"))?;
    symlink(&root, root.join("round"))?;
    symlink(&root, root.join("round.png"))?;
    symlink("absent.png", root.join("c.png"))?;
    let folder = ImageFolder::open(&root)?;
    assert_eq!((folder.len(), folder.passed_over()), (3, 2));
    let error = folder.read(2).err().ok_or("there is no such file")?;
    assert!(error.to_string().contains("c.png"), "{error}");
    Ok(())
}

#[test]
fn a_folder_without_images_is_refused() -> Outcome {
    let temporary = tempfile::tempdir()?;
    let refusal = || {
        let error = ImageFolder::open(temporary.path()).err();
        error.map(|error| error.to_string()).ok_or("it was opened")
    };
    assert!(refusal()?.contains("(0 other files)"));
    write(temporary.path(), "below/notes.txt")?;
    let error = refusal()?;
    for word in [
        ".png",
        ".webp",
        "(1 other files)",
        "train-images-idx3-ubyte",
    ] {
        assert!(error.contains(word), "{error}");
    }
    Ok(())
}
