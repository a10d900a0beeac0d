// A certified OpenID provider for the tests: whoever is said to be next signs in without being asked.
//
//   node oidc.js REDIRECT_URI        prints its port
//   POST /next?sub=…&email=…&verified=…&name=…   says who is next; ?deny=1 lets them refuse
//   POST /broken?how=discovery|keys|token        answers nonsense there
import http from "node:http";
import Provider from "oidc-provider";

const [redirectUri] = process.argv.slice(2);
const accounts = new Map();
let next = null;
let broken = "";

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "almoner",
        client_secret: "a-secret-of-the-tests",
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ["a key of the tests"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/as-said/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  const handle = provider.callback();
  server.on("request", async (request, response) => {
    const url = new URL(request.url, issuer);
    const say = (status, text) => response.writeHead(status, { "content-type": "application/json" }).end(text);
    if (url.pathname === "/next") {
      next = Object.fromEntries(url.searchParams);
      return say(204);
    }
    if (url.pathname === "/broken") {
      broken = url.searchParams.get("how");
      return say(204);
    }
    const parts = { discovery: "/.well-known", keys: "/jwks", token: "/token" };
    if (broken && url.pathname.startsWith(parts[broken])) {
      return say(200, '{"issuer": 7, "keys": "none", "access_token": {}}');
    }
    if (url.pathname.startsWith("/as-said/")) {
      const { sub, email, verified, name, deny } = next;
      accounts.set(sub, { email, email_verified: verified === "true", name });
      const result = deny
        ? { error: "access_denied", error_description: "as said" }
        : { login: { accountId: sub } };
      return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    }
    return handle(request, response);
  });
  console.log(port);
});
