// A certified OpenID provider for the tests: who signs in types an NHS number and the level to which it is proven.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const { port, client, back, jwk, own } = JSON.parse(readFileSync(0, "utf8"));
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: client, redirect_uris: [back], response_types: ["code"], grant_types: ["authorization_code"],
    token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "RS512",
    id_token_signed_response_alg: "RS512", jwks: { keys: [jwk] },
  }],
  jwks: { keys: [own] },
  clientAuthMethods: ["private_key_jwt"],
  enabledJWA: { idTokenSigningAlgValues: ["RS512"], clientAuthSigningAlgValues: ["RS512"] },
  pkce: { methods: ["S256"], required: () => true },
  extraParams: ["vtr"],
  conformIdTokenClaims: false,
  claims: { openid: ["sub"], profile: ["nhs_number", "identity_proofing_level"] },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ["a key of the tests"] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => { const [nhs_number, identity_proofing_level] = id.split("."); return { sub: id, nhs_number, identity_proofing_level }; },
  }),
});
const page = (uid) => `<!doctype html><html lang="en"><title>Prove who you are</title><h1>Prove who you are</h1>
<form method="get" action="/interaction/${uid}"><label>Who <input name="who"></label><button>Go on</button></form></html>`;
createServer(async (request, response) => {
  const at = new URL(request.url, issuer);
  if (!at.pathname.startsWith("/interaction/")) return provider.callback()(request, response);
  try {
    const { uid, prompt, params, grantId } = await provider.interactionDetails(request, response);
    if (prompt.name === "consent") {
      const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: (await provider.interactionDetails(request, response)).session.accountId, clientId: params.client_id });
      grant.addOIDCScope("openid profile");
      return await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
    }
    if (!at.searchParams.get("who")) return response.writeHead(200, { "content-type": "text/html" }).end(page(uid));
    return await provider.interactionFinished(request, response, { login: { accountId: at.searchParams.get("who") } });
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(port, "127.0.0.1", () => console.log("ready"));
