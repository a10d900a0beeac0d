//! A device that holds a passkey: it answers the questions of our pages as a browser and its authenticator would.

use data_encoding::BASE64URL_NOPAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::client::Client;
use super::html::Page;

/// Somebody is there, and proved to the device that it is they.
const THERE_AND_VERIFIED: u8 = 0x01 | 0x04;
/// What follows is a new key.
const WITH_KEY: u8 = 0x40;

/// A passkey, where its owner keeps it.
pub struct Passkey {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    /// Whose it is, in the words of the site that it was made for.
    owner: String,
    origin: String,
    /// How often it was used.
    counter: u32,
}

impl Passkey {
    /// Makes one, as the page with this question asks.
    pub fn make(page: &Page, origin: &str) -> (Self, String) {
        let question = question(page, "create");
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref().to_vec();
        let owner = text(&question["user"]["id"]);
        let own = Self { key, id, owner, origin: origin.to_owned(), counter: 0 };
        let client = own.client_data("webauthn.create", &question);
        let mut about = own.about(&text(&question["rp"]["id"]), THERE_AND_VERIFIED | WITH_KEY);
        about.extend([0; 16]);
        about.extend(u16::try_from(own.id.len()).unwrap().to_be_bytes());
        about.extend(&own.id);
        about.extend(own.public_key());
        let mut statement = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        statement.extend(u16::try_from(about.len()).unwrap().to_be_bytes());
        statement.extend(about);
        let answer = own.answer(&json!({
            "clientDataJSON": encode(client.as_bytes()),
            "attestationObject": encode(&statement),
            "transports": ["internal"],
        }));
        (own, answer)
    }

    /// Signs the question of a page.
    pub fn sign(&mut self, page: &Page) -> String {
        let question = question(page, "get");
        self.counter += 1;
        let client = self.client_data("webauthn.get", &question);
        let about = self.about(&text(&question["rpId"]), THERE_AND_VERIFIED);
        let mut signed = about.clone();
        signed.extend(digest(&SHA256, client.as_bytes()).as_ref());
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(&json!({
            "clientDataJSON": encode(client.as_bytes()),
            "authenticatorData": encode(&about),
            "signature": encode(signature.as_ref()),
            "userHandle": self.owner,
        }))
    }

    /// Signs in at a door, and answers what came of it.
    pub async fn sign_in(&mut self, browser: &Client, door: &str) -> Page {
        let (page, answer) = self.at(browser, door).await;
        let answer = send(browser, &page, &answer).await;
        browser.follow(answer).await
    }

    /// Comes to where a door asks for a passkey; answers the page, and what is to be sent from it.
    pub async fn at(&mut self, browser: &Client, door: &str) -> (Page, String) {
        let page = browser.visit(door).await.expect(200);
        let form = format!("form[action='{door}/passkey']");
        let page = browser.submit_and_follow(&page, &form, &[]).await.expect(200);
        let answer = self.sign(&page);
        (page, answer)
    }

    /// From now on it answers a page of this site.
    pub fn origin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
    }

    /// It counts as a copy of it does that was taken so many uses ago.
    pub fn go_back(&mut self, uses: u32) {
        self.counter -= uses;
    }

    fn client_data(&self, kind: &str, question: &Value) -> String {
        json!({
            "type": kind, "challenge": question["challenge"], "origin": self.origin, "crossOrigin": false,
        })
        .to_string()
    }

    /// For whom it answers, who was there, and how often it was used.
    fn about(&self, site: &str, flags: u8) -> Vec<u8> {
        let mut about = digest(&SHA256, site.as_bytes()).as_ref().to_vec();
        about.push(flags);
        about.extend(self.counter.to_be_bytes());
        about
    }

    /// The public key as COSE writes it: elliptic, ES256, P-256, x and y.
    fn public_key(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let mut key = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".to_vec();
        key.extend(x);
        key.extend(b"\x22\x58\x20");
        key.extend(y);
        key
    }

    fn answer(&self, response: &Value) -> String {
        let id = encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response,
        })
        .to_string()
    }
}

/// Sends an answer from the page that asks, as its script does: the field for it is hidden from people.
pub async fn send(browser: &Client, page: &Page, answer: &str) -> Page {
    let form = page.form("form[data-passkey]");
    let hidden = |name| form.value(name).unwrap_or_default();
    let fields = [("token", hidden("token")), ("then", hidden("then")), ("credential", answer)];
    browser.post(&form.action, &fields).await
}

/// What a page asks the browser.
fn question(page: &Page, what: &str) -> Value {
    let form = format!("form[data-passkey={what}]");
    let found = page.attributes(&form, "data-question");
    let written = found.first().unwrap_or_else(|| panic!("{} asks nothing", page.url));
    let question: Value = serde_json::from_str(written).unwrap();
    question["publicKey"].clone()
}

fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
