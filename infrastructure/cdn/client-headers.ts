/**
 * What only the edge may say of a request: who asks, by which name, address and scheme. Frameworks believe one or another
 * of these fields; a client's own never reach the API. A `*` at the end stands for any rest of a name. Fields with
 * underscores in their names, which CGI and WSGI would take for the same, nginx drops by itself.
 * Not among them: what a client asks for (X-HTTP-Method-Override), and whom it came by (Via), which proves nothing.
 */
export const edgesOwn: readonly string[] = [
  'X-Forwarded-*',
  'X-Original-*',
  'X-Real-*',
  'X-Rewrite-*',
  'X-Remote-*',
  'X-Cluster-*',
  'X-Envoy-*',
  'X-Azure-*',
  'X-Appengine-*',
  'X-ProxyUser-*',
  'CF-Connecting-*',
  'CF-IPCountry',
  'CF-Visitor',
  'Cloudfront-*',
  'Fastly-Client-*',
  'Forwarded',
  'Forwarded-For',
  'X-Forwarded',
  'X-Forward-For',
  'X-Client-IP',
  'X-Client-Cert',
  'X-Host',
  'X-HTTP-Host-Override',
  'X-Scheme',
  'X-URL-Scheme',
  'X-Script-Name',
  'X-Path-Info',
  'X-Proxy-Secret',
  'X-Sendfile-Type',
  'X-Accel-Mapping',
  'X-SSL-*',
  'SSL-Client-*',
  'True-Client-IP',
  'Client-IP',
  'Proxy-Client-IP',
  'WL-Proxy-*',
  'Remote-*',
  'Front-End-Https',
  'Proxy',
]

/** Shown to the API with each request by nginx, whose secret it is: a request with it was asked through the edge. */
export const proofHeader = 'X-Proxy-Secret'
