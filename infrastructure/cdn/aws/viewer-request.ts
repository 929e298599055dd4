import { apiPath, hiddenName, namesAFile, pageRules, type PageStyle } from '../routing.ts'

const regex = (pattern: string): string => new RegExp(pattern).toString()

/** CloudFront's bound for the code of a function, in bytes (Developer Guide, "Quotas on CloudFront Functions"). */
export const largestFunction = 10_240

/**
 * The rule of a site's host as a CloudFront Function for viewer requests: what names begin with a dot is nobody's
 * business, the API has a behaviour of its own that does not run it, a path leads to its page, all else is a file or
 * missing. The path is judged as nginx judges it and S3 reads it, decoded: `/%2Eenv` is `/.env`. To S3 a bare + is a
 * space, as in a query; encoded it is what it is to everybody else.
 * ES5 alone: the runtime is no browser, and what it refuses shows at the first visitor.
 */
export function viewerRequest(style: PageStyle): string {
  return `function handler(event) {
  var request = event.request;
  var path = decoded(request.uri);
  if (path === undefined || ${regex(hiddenName)}.test(path) || ${regex(apiPath)}.test(path)) {
    return { statusCode: 404, statusDescription: 'Not Found', headers: { 'cache-control': { value: 'no-store' } } };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return request;
  request.uri = request.uri.replace(/\\+/g, '%2B');
${pageRules[style].map(toPage).join('\n')}
${style === 'app' ? navigations : ''}  return request;
}

function decoded(uri) {
  try {
    return decodeURIComponent(uri);
  } catch (error) {
    return undefined;
  }
}
${style === 'app' ? isNavigation : ''}`
}

const toPage = ({ path, adds }: { readonly path: string; readonly adds: string }): string =>
  `  if (${regex(path)}.test(path)) {
    request.uri += '${adds}';
    return request;
  }`

const navigations = `  if (!${regex(namesAFile)}.test(path) && isNavigation(request)) {
    request.uri = '/index.html';
  }
`

const isNavigation = `
function isNavigation(request) {
  var mode = request.headers['sec-fetch-mode'];
  if (mode && mode.value !== '') return mode.value === 'navigate';
  var accept = request.headers.accept;
  return accept !== undefined && accept.value.indexOf('text/html') !== -1;
}
`
