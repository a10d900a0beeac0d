//! The recovery sheet.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::domain::class::Class;

use super::super::{RecoverySheet, SheetError, Vault, VaultError, restore_root};
use super::{Site, TODAY, assert_err, day, id, wrapped, write_private};

#[test]
fn a_lost_root_key_comes_back_from_its_sheet() {
    let (site, vault) = Site::new();
    let key = wrapped(&vault, Class::Personal, "2029Q4", &id(1));
    let sheet = vault.recovery_sheet().unwrap().to_string();
    let files = site.files();
    let root = fs::read(&files.root).unwrap();
    fs::remove_file(&files.root).unwrap();
    assert_err!(Vault::open(files.clone()), VaultError::RootMissing { .. });

    // As a tired person types it: the numbered lines alone, in small letters, O for 0 and l for 1, odd spaces.
    let lines = sheet.lines().filter(|line| line.trim().starts_with(|c: char| c.is_ascii_digit()));
    let typed: Vec<String> = lines
        .map(|line| {
            let (number, rest) = line.trim().split_once("  ").unwrap();
            let rest = rest.to_lowercase().replace('0', "O").replace('1', "l").replace('-', " ");
            format!("\t{number} {rest}  ")
        })
        .collect();
    assert_eq!(typed.len(), 4);
    restore_root(files.clone(), &typed.join("\r\n")).unwrap();
    assert_eq!(fs::read(&files.root).unwrap(), root);
    assert_eq!(fs::metadata(&files.root).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(site.open().open_data_key(&key, &id(1)).is_ok());
    // Once more, as a whole, changes nothing.
    restore_root(files, &sheet).unwrap();
}

#[test]
fn every_mistyped_letter_is_found_and_its_line_named() {
    let (_site, vault) = Site::new();
    let sheet = vault.recovery_sheet().unwrap().to_string();
    let lines: Vec<&str> = sheet
        .lines()
        .map(str::trim)
        .filter(|l| l.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let mut found = 0;
    for (at, line) in lines.iter().enumerate() {
        let number = u8::try_from(at + 1).unwrap();
        for (position, letter) in line.char_indices().skip(3).filter(|(_, letter)| *letter != '-') {
            let mut typed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            let other = if letter == 'A' { "B" } else { "A" };
            typed[at].replace_range(position..=position, other);
            let error = RecoverySheet::parse(&typed.join("\n")).err().unwrap();
            assert_eq!(error, SheetError::Mistyped(number));
            found += 1;
        }
        let others = lines.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, line)| *line);
        let typed = others.collect::<Vec<_>>().join("\n");
        assert_eq!(RecoverySheet::parse(&typed).err(), Some(SheetError::Missing(number)));
    }
    assert_eq!(found, 64);
    // Two lines in each other's place: the numbers are part of the check.
    let swapped =
        lines.join("\n").replace("1  ", "x  ").replace("2  ", "1  ").replace("x  ", "2  ");
    assert_eq!(RecoverySheet::parse(&swapped).err(), Some(SheetError::Mistyped(1)));
    for cut in [lines[0][..lines[0].len() - 1].to_owned(), format!("{}A", lines[0])] {
        let typed = [cut.as_str(), lines[1], lines[2], lines[3]].join("\n");
        assert_eq!(RecoverySheet::parse(&typed).err(), Some(SheetError::Mistyped(1)));
    }
}

#[test]
fn a_sheet_restores_nothing_that_it_does_not_belong_to() {
    let (site, vault) = Site::new();
    let old = vault.recovery_sheet().unwrap().to_string();
    vault.roll_root().unwrap();
    fs::remove_file(site.files().root).unwrap();
    assert_err!(restore_root(site.files(), &old), VaultError::RootMismatch { .. });
    assert!(!site.files().root.exists());
}

#[test]
fn another_root_key_is_not_overwritten_and_a_wiped_one_is() {
    let (site, vault) = Site::new();
    let sheet = vault.recovery_sheet().unwrap().to_string();
    let (other, _) = Site::new();
    let foreign = fs::read(other.files().root).unwrap();
    write_private(&site.files().root, &foreign);
    assert_err!(restore_root(site.files(), &sheet), VaultError::KeyringExists { .. });
    assert_eq!(fs::read(site.files().root).unwrap(), foreign);
    write_private(&site.files().root, [0; 64]);
    restore_root(site.files(), &sheet).unwrap();
    assert_eq!(site.open().extend(day(TODAY)).unwrap(), 0);
}
