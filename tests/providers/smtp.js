// A mail server for the tests: it keeps what it is given and gives it out again.
//
//   node smtp.js [--port PORT] [--starttls] [--login USER:PASSWORD]
//        prints its port for mail, then the one for these:
//   GET  /caught                         all that came: envelope, session, the mail itself in base64
//   GET  /asked                          how many connections there were, and all that was said before a mail began
//   POST /mood?to=…&code=550&times=1     answers a recipient with a code, so many times; at=data does so once it has the mail,
//                                        and code=0 hangs up then, with the mail in its hands
import http from "node:http";
import { SMTPServer } from "smtp-server";

const options = process.argv.slice(2);
const given = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
const [user, password] = (given("--login") ?? "").split(":");

const caught = [];
const asked = { connections: 0, recipients: [], logins: [] };
const moods = new Map();

/** What somebody is to be answered at this point, if it is not yes. */
const answer = (address, at) => {
  const mood = moods.get(address.toLowerCase());
  if (!mood || mood.at !== at || mood.times === 0) return null;
  mood.times -= 1;
  return { code: mood.code, error: Object.assign(new Error(`no ${address} here`), { responseCode: mood.code }) };
};

const mail = new SMTPServer({
  name: "mail.tests.example",
  authMethods: ["PLAIN", "LOGIN"],
  authOptional: !user,
  allowInsecureAuth: true,
  disabledCommands: [...(options.includes("--starttls") ? [] : ["STARTTLS"]), ...(user ? [] : ["AUTH"])],
  disableReverseLookup: true,
  onConnect: (session, done) => {
    asked.connections += 1;
    done();
  },
  onAuth: (auth, session, done) => {
    asked.logins.push(auth.username);
    if (auth.username === user && auth.password === password) return done(null, { user });
    done(Object.assign(new Error("not you"), { responseCode: 535 }));
  },
  onRcptTo: (recipient, session, done) => {
    asked.recipients.push(recipient.address);
    done(answer(recipient.address, "recipient")?.error);
  },
  onData: (stream, session, done) => {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      const to = session.envelope.rcptTo.map((recipient) => recipient.address);
      const refused = answer(to[0], "data");
      caught.push({
        from: session.envelope.mailFrom.address,
        to,
        greeted_as: session.hostNameAppearsAs,
        user: session.user ?? null,
        taken: !refused,
        mail: Buffer.concat(parts).toString("base64"),
      });
      if (refused?.code === 0) {
        for (const connection of mail.connections) if (connection.id === session.id) connection._socket.destroy();
        return;
      }
      done(refused?.error);
    });
  },
});
mail.on("error", () => {}); // A client that hangs up; the tests say what they expect of it.

const control = http.createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  const say = (status, what) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(what));
  if (url.pathname === "/caught") return say(200, caught);
  if (url.pathname === "/asked") return say(200, asked);
  if (url.pathname === "/mood") {
    const of = (name, otherwise) => url.searchParams.get(name) ?? otherwise;
    moods.set(of("to").toLowerCase(), { at: of("at", "recipient"), code: Number(of("code")), times: Number(of("times", "1")) });
    return say(200, {});
  }
  say(404, {});
});

mail.listen(Number(given("--port") ?? 0), "127.0.0.1", () => {
  control.listen(0, "127.0.0.1", () => {
    console.log(mail.server.address().port);
    console.log(control.address().port);
  });
});
