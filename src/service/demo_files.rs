//! Small plans and budgets that some of the demo's people attach, made here.

use std::fmt::Write as _;

use crate::domain::secret::SecretBytes;

/// What somebody attaches: a budget as a table, or a plan with a letterhead, as staff often get them. Most attach nothing.
pub(super) fn attached(
    number: usize,
    name: &str,
    email: &str,
) -> Option<(&'static str, SecretBytes)> {
    let file = match number % 10 {
        1 => ("budget.csv", budget(number).into_bytes()),
        3 => ("Project plan.pdf", pdf(&plan(number, name, email))),
        _ => return None,
    };
    Some((file.0, SecretBytes::new(file.1)))
}

fn budget(number: usize) -> String {
    let hours = 40 + number;
    format!(
        "Item,Hours,USD\nReview and triage,{hours},{}\nDocumentation,30,1350\nTwo meetings,,640\n",
        hours * 45
    )
}

fn plan(number: usize, name: &str, email: &str) -> Vec<String> {
    let months = 3 + number % 4;
    let mut lines = vec![
        name.to_owned(),
        email.to_owned(),
        String::new(),
        format!("Plan for {months} months"),
        String::new(),
    ];
    let steps = [
        "talk to those who use it, and write down what they lack",
        "a first version that a few people try",
        "mend what they found",
        "documentation, and a second person who can release",
        "the last open points",
        "an account of what was done",
    ];
    let steps = steps.iter().take(months).enumerate();
    lines.extend(steps.map(|(at, step)| format!("Month {}: {step}.", at + 1)));
    lines
}

/// A page with these lines, in the letters of Western Europe.
fn pdf(lines: &[String]) -> Vec<u8> {
    let mut shown = b"BT /F1 12 Tf 16 TL 72 770 Td\n".to_vec();
    for line in lines {
        shown.push(b'(');
        for letter in line.chars() {
            match u8::try_from(u32::from(letter)) {
                Ok(byte @ (b'(' | b')' | b'\\')) => shown.extend([b'\\', byte]),
                Ok(byte) => shown.push(byte),
                Err(_) => shown.push(b'?'),
            }
        }
        shown.extend_from_slice(b") Tj T*\n");
    }
    shown.extend_from_slice(b"ET");
    let head = format!("<< /Length {} >>\nstream\n", shown.len());
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
                /Resources << /Font << /F1 5 0 R >> >> >>";
    let font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
    let objects: [Vec<u8>; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        page.into(),
        [head.as_bytes(), &shown, b"\nendstream"].concat(),
        font.into(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = String::from("0000000000 65535 f \n");
    for (at, object) in objects.iter().enumerate() {
        let _ = writeln!(places, "{:010} 00000 n ", file.len());
        file.extend(format!("{} 0 obj\n", at + 1).bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let (start, size) = (file.len(), objects.len() + 1);
    let end = format!(
        "xref\n0 {size}\n{places}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    file.extend(end.bytes());
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::file::{FileKind, clean, text_in};

    #[test]
    fn what_is_attached_is_taken() {
        let kinds: Vec<FileKind> = (0..10)
            .filter_map(|number| attached(number, "Zoë (Łucja) \\", "zoe@mail.example"))
            .map(|(_, content)| clean(content).ok().unwrap().kind)
            .collect();
        assert_eq!(kinds, [FileKind::Text, FileKind::Pdf]);
        let plan = clean(attached(3, "Zoë (Łucja) \\", "zoe@mail.example").unwrap().1);
        let text = text_in(FileKind::Pdf, &plan.ok().unwrap().content).unwrap();
        assert!(text.expose().contains("Zoë (?ucja) \\"), "{}", text.expose());
    }
}
