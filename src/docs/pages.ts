import { html, raw } from "hono/html";

/** Swagger UI on `/openapi.json`. Its Authorize button signs in by the OAuth2 password form. */
export function swaggerPage(nonce: string) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gatehouse API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/assets/swagger-ui-bundle.js"></script>
<script nonce="${nonce}">${raw(`
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
`)}</script>
</body>
</html>`;
}

/** Redoc on `/openapi.json`. */
export function redocPage(nonce: string) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gatehouse API reference</title>
<link rel="icon" href="data:,">
<style>body { margin: 0; }</style>
</head>
<body>
<div id="redoc"></div>
<script src="/assets/redoc.standalone.js"></script>
<script nonce="${nonce}">${raw(`
Redoc.init("/openapi.json", {}, document.getElementById("redoc"));
`)}</script>
</body>
</html>`;
}
