// A certified OpenID provider on loopback. It signs in whoever types an account's name; the claims of each account
// come from the command line:  node provider.mjs PORT REDIRECT_URI CLAIMS_JSON
import { Provider } from "oidc-provider";

const [port, redirectUri, claims] = process.argv.slice(2);
const accounts = JSON.parse(claims);

const provider = new Provider(`http://localhost:${port}`, {
  clients: [{ client_id: "dashboard", client_secret: "only-for-tests", redirect_uris: [redirectUri], post_logout_redirect_uris: [redirectUri] }],
  claims: { openid: ["sub", "email", "email_verified", "groups"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ["only-for-tests"] },
  findAccount: (context, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
