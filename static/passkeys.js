// Asks the browser for a passkey and sends what it answers, as an ordinary form. Pages with such a form say without
// this file what works instead.
"use strict";

(() => {
  const bytes = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };

  const question = (written) => {
    const { publicKey } = JSON.parse(written);
    publicKey.challenge = bytes(publicKey.challenge);
    if (publicKey.user) {
      publicKey.user.id = bytes(publicKey.user.id);
    }
    for (const known of [...(publicKey.allowCredentials ?? []), ...(publicKey.excludeCredentials ?? [])]) {
      known.id = bytes(known.id);
    }
    return { publicKey };
  };

  const answer = (credential) => {
    const { response } = credential;
    const parts = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      parts.attestationObject = text(response.attestationObject);
      parts.transports = response.getTransports?.() ?? [];
    } else {
      parts.authenticatorData = text(response.authenticatorData);
      parts.signature = text(response.signature);
      parts.userHandle = response.userHandle ? text(response.userHandle) : null;
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      extensions: {},
      response: parts,
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const said = form.querySelector("[role=status]");
    const makes = form.dataset.passkey === "create";
    let asking = false;

    const ask = async () => {
      if (asking) {
        return;
      }
      asking = true;
      said.textContent = "";
      try {
        if (!window.PublicKeyCredential) {
          throw new DOMException("", "NotSupportedError");
        }
        const options = question(form.dataset.question);
        const credential = makes
          ? await navigator.credentials.create(options)
          : await navigator.credentials.get(options);
        form.elements.credential.value = answer(credential);
        form.submit();
      } catch (error) {
        const why = {
          InvalidStateError: "This device or password manager holds a passkey of this account already.",
          NotSupportedError: "This browser knows no passkeys. Use another way.",
          SecurityError: "Passkeys work only at the address that this site is meant to have.",
        };
        said.textContent = why[error.name] ?? "No passkey was used. Press the button to try again, or use another way.";
        asking = false;
      }
    };

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask();
    });
    // Who signs in has pressed a button already. A browser that wants another press refuses, and says so below it.
    if (!makes) {
      ask();
    }
  }
})();
