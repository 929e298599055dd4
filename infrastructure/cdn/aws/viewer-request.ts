import { edgesOwn } from '../client-headers.ts'
import { knownFile } from '../file-types.ts'
import {
  apiPath,
  hiddenName,
  jsonForScript,
  ofMachines,
  pageRules,
  type PageStyle,
  partOfPage,
  wishes,
} from '../routing.ts'

const regex = (pattern: string, flags = ''): string => new RegExp(pattern, flags).toString()

/**
 * The rule of a site's host as a CloudFront Function for viewer requests: what names begin with a dot is nobody's
 * business, the API has a behaviour of its own that does not run it, a path leads to its page, all else is a file or
 * missing. The path is judged as nginx judges it and S3 reads it, decoded: `/%2Eenv` is `/.env`. To S3 a bare + is a
 * space, as in a query; encoded it is what it is to everybody else.
 * ES5 alone: the runtime is no browser, and what it refuses shows at the first visitor.
 */
export function viewerRequest(style: PageStyle, fileTypes: readonly string[] = []): string {
  return `function handler(event) {
  var request = event.request;
  var path = decoded(request.uri);
  if (path === undefined || ${regex(hiddenName)}.test(path) || ${regex(apiPath)}.test(path)) {
    return { statusCode: 404, statusDescription: 'Not Found', headers: { 'cache-control': { value: 'no-store' } } };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return request;
  request.uri = request.uri.replace(/\\+/g, '%2B');
${pageRules[style].map(toPage).join('\n')}
${style === 'app' ? toApp(fileTypes) : ''}  return request;
}

function decoded(uri) {
  try {
    return decodeURIComponent(uri);
  } catch (error) {
    return undefined;
  }
}
${style === 'app' ? wantsPage : ''}`
}

const toPage = ({ path, adds }: { readonly path: string; readonly adds: string }): string =>
  `  if (${regex(path)}.test(path)) {
    request.uri += '${adds}';
    return request;
  }`

const isRoute = (path: string, fileTypes: readonly string[]): string =>
  `!${regex(ofMachines)}.test(${path}) && !${regex(knownFile(fileTypes), 'i')}.test(${path})`

const toApp = (
  fileTypes: readonly string[],
): string => `  if (${isRoute('path', fileTypes)} && wantsPage(request.headers)) {
    request.uri = '/index.html';
  }
`

const said = `
function said(headers, name) {
  return headers[name] ? headers[name].value : '';
}
`

const wantsPage = `
function wantsPage(headers) {
  if (${regex(partOfPage)}.test(said(headers, 'sec-fetch-dest'))) return false;
  return !${regex(jsonForScript)}.test(said(headers, 'sec-fetch-mode') + ':' + said(headers, 'accept'));
}
${said}`

/**
 * Says of a path of the app what its answer depends on: the page and the 404 in its place are told apart by whoever keeps
 * them. The event has the path as the visitor asked for it.
 */
export function viewerResponse(fileTypes: readonly string[]): string {
  return `function handler(event) {
  var response = event.response;
  var path = event.request.uri;
  if (path === '/index.html' || (${isRoute('path', fileTypes)})) {
    response.headers.vary = { value: 'Accept-Encoding, ${wishes}' };
  }
  return response;
}
`
}

/** What a client claims of itself goes no further than the edge (client-headers.ts). CloudFront adds its own words later. */
export function apiRequest(): string {
  const names = edgesOwn.map((name) => name.toLowerCase().replace('*', '[^]*'))
  return `function handler(event) {
  var headers = event.request.headers;
  Object.keys(headers).forEach(function (name) {
    if (${regex(`^(?:${names.join('|')})$`)}.test(name.replace(/_/g, '-'))) delete headers[name];
  });
  return event.request;
}
`
}
