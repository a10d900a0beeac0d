use actix_web::test::TestRequest;
use proptest::prelude::*;

use super::*;

/// What a body says: its fields, and the name and content of its file; or the status of the refusal.
type Read = Result<(Vec<(String, String)>, Option<(String, Vec<u8>)>), String>;

fn request() -> HttpRequest {
    TestRequest::post()
        .insert_header(("content-type", "multipart/form-data; boundary=b"))
        .to_http_request()
}

fn read_as(bytes: &[u8], more: bool) -> Read {
    let body = Body { bytes: bytes.to_vec(), more };
    let parsed = actix_web::rt::System::new().block_on(parse(&request(), body));
    let (posted, given) = parsed.map_err(|failure| match failure {
        Failure::Form(error) => error.to_string(),
        other => format!("{other:?}"),
    })?;
    let form = posted.accept(|_| true, &[]).map_err(|error| error.to_string())?;
    let fields = form.names("").map(|name| (name.to_owned(), form.word(name).to_owned())).collect();
    match given {
        Given::Nothing => Ok((fields, None)),
        Given::TooLarge => Err("too large".to_owned()),
        Given::File(file) => Ok((fields, Some((file.name, file.content.expose().to_vec())))),
    }
}

fn read_whole(bytes: &[u8]) -> Read {
    read_as(bytes, false)
}

fn field(name: &str, value: &str) -> Vec<u8> {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        .into_bytes()
}

fn file(file_name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn body(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), b"--b--\r\n".to_vec()].concat()
}

proptest! {
    #[test]
    fn whatever_is_in_a_file_comes_whole(content in proptest::collection::vec(any::<u8>(), 1..3_000)) {
        let (fields, given) = read_whole(&body(&[field("token", "t"), file("a.pdf", &content)])).unwrap();
        prop_assert_eq!(fields, [("token".to_owned(), "t".to_owned())]);
        prop_assert_eq!(given, Some(("a.pdf".to_owned(), content)));
    }

    #[test]
    fn line_ends_and_hyphens_in_a_file_are_its_own(content in "(\r|\n|-|--|\r\n--|b|\r\n){0,60}.") {
        prop_assume!(!content.contains("\r\n--b") && !content.contains("\r--b"));
        let (_, given) = read_whole(&body(&[file("a.txt", content.as_bytes())])).unwrap();
        prop_assert_eq!(given, Some(("a.txt".to_owned(), content.into_bytes())));
    }

    #[test]
    fn nothing_that_is_cut_off_is_taken(at in 0_usize..10_000) {
        let whole = body(&[field("token", "t"), file("a.txt", b"one\r\ntwo")]);
        // The line end after the last boundary may be missing.
        let at = at % (whole.len() - 2);
        prop_assert!(read_whole(whole.split_at(at).0).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_whole(&[b"--b\r\n".to_vec(), bytes, b"\r\n--b--".to_vec()].concat());
    }
}

#[test]
fn an_input_that_was_left_empty_is_no_file() {
    assert_eq!(read_whole(&body(&[file("", b"")])), Ok((Vec::new(), None)));
    assert_eq!(read_whole(&body(&[])), Ok((Vec::new(), None)));
    assert_eq!(read_whole(&body(&[file("empty.txt", b"")])), {
        Ok((Vec::new(), Some(("empty.txt".to_owned(), Vec::new()))))
    });
}

#[test]
fn fields_are_as_strict_as_any_form_s() {
    let twice = body(&[file("a.txt", b"1"), file("b.txt", b"2")]);
    assert_eq!(read_whole(&twice), Err(FormError::Twice("file".to_owned()).to_string()));
    let twice = body(&[field("token", "1"), field("token", "2")]);
    assert_eq!(read_whole(&twice), Err(FormError::Twice("token".to_owned()).to_string()));
    let other =
        String::from_utf8(body(&[file("a.txt", b"1")])).unwrap().replace("\"file\"", "\"x\"");
    assert_eq!(read_whole(other.as_bytes()), Err(FormError::Unknown("x".to_owned()).to_string()));
    let nul = body(&[field("token", "a\0b")]);
    assert_eq!(read_whole(&nul), Err(FormError::NoCharacter("token".to_owned()).to_string()));
    let mut latin = field("token", "M?nchen");
    latin.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xfc);
    assert_eq!(
        read_whole(&body(&[latin])),
        Err(FormError::NotUtf8("token".to_owned()).to_string())
    );
    let mut latin = file("M?nchen.pdf", b"1");
    latin.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xfc);
    assert_eq!(read_whole(&body(&[latin])), Err(FormError::NotUtf8("file".to_owned()).to_string()));
    let many: Vec<_> = (0..=MOST_PARTS).map(|at| field(&at.to_string(), "")).collect();
    assert_eq!(read_whole(&body(&many)), Err(FormError::TooMany.to_string()));
}

#[test]
fn names_come_as_browsers_write_them() {
    for (sent, meant) in [
        ("plan.pdf", "plan.pdf"),
        ("計画 «1».pdf", "計画 «1».pdf"),
        ("a %22quoted%22.pdf", "a \"quoted\".pdf"),
        ("50%.pdf", "50%.pdf"),
        ("semi;colon=.pdf", "semi;colon=.pdf"),
    ] {
        let (_, given) = read_whole(&body(&[file(sent, b"1")])).unwrap();
        assert_eq!(given.unwrap().0, meant);
    }
    let long = "x".repeat(4_000);
    let (_, given) = read_whole(&body(&[file(&long, b"1")])).unwrap();
    assert_eq!(given.unwrap().0, long);
}

#[test]
fn what_is_too_large_leaves_the_fields_to_be_read() {
    let largest = vec![b'x'; MOST_BYTES];
    let whole = body(&[field("token", "t"), file("a.txt", &largest)]);
    assert_eq!(read_whole(&whole).unwrap().1.unwrap().1.len(), MOST_BYTES);
    let larger = vec![b'x'; MOST_BYTES + 1];
    let whole = body(&[field("token", "t"), file("a.txt", &larger)]);
    assert_eq!(read_whole(&whole), Err("too large".to_owned()));
    // Far larger: what was kept of it is cut somewhere in the file.
    let cut = [field("token", "t"), file("a.txt", &vec![b'\r'; MOST_KEPT])].concat();
    let cut = Body { bytes: cut.split_at(MOST_KEPT).0.to_vec(), more: true };
    let parsed = actix_web::rt::System::new().block_on(parse(&request(), cut));
    let (posted, given) = parsed.unwrap();
    assert_eq!(posted.only(&[]).unwrap().word("token"), "t");
    assert!(matches!(given, Given::TooLarge));
}

#[test]
fn a_body_is_read_past_what_is_kept_of_it() {
    actix_web::rt::System::new().block_on(async {
        let long = Duration::from_secs(60);
        let kept = read(Payload::from(vec![1; 1_000]), 10, long).await.unwrap();
        assert_eq!((kept.bytes.len(), kept.more), (10, true));
        let kept = read(Payload::from(vec![1; 10]), 10, long).await.unwrap();
        assert_eq!((kept.bytes.len(), kept.more), (10, false));
        let all = read(Payload::from(vec![1; MOST_READ + 1]), 0, long).await;
        assert!(matches!(all, Err(Failure::TooLarge)));
        let (_sender, never) = actix_http::h1::Payload::create(false);
        let late = read(Payload::from(never), 10, Duration::from_millis(20)).await;
        assert!(matches!(late, Err(Failure::CutOff)));
    });
}

#[test]
fn another_kind_of_body_is_none() {
    let request = TestRequest::post()
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .to_http_request();
    let body = Body { bytes: b"token=t".to_vec(), more: false };
    let parsed = actix_web::rt::System::new().block_on(parse(&request, body));
    assert!(matches!(parsed, Err(Failure::Form(FormError::NotAForm))));
}
