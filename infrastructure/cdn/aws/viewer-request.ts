import { hiddenName, namesAFile } from '../routing.ts'

/** CloudFront's bound for the code of a function, in bytes (Developer Guide, "Quotas on CloudFront Functions"). */
export const largestFunction = 10_240

/**
 * The rule of a single-page app's host as a CloudFront Function for viewer requests: what names begin with a dot is
 * nobody's business, the app answers a navigation to a path that names no file, all else is a file or missing.
 * ES5 alone: the runtime is no browser, and what it refuses shows at the first visitor.
 */
export function viewerRequest(): string {
  return `function handler(event) {
  var request = event.request;
  var uri = request.uri;
  if (${regex(hiddenName)}.test(uri)) {
    return { statusCode: 404, statusDescription: 'Not Found', headers: { 'cache-control': { value: 'no-store' } } };
  }
  if (uri === '/' || (!${regex(namesAFile)}.test(uri) && isNavigation(request))) {
    request.uri = '/index.html';
  }
  return request;
}

function isNavigation(request) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  var mode = request.headers['sec-fetch-mode'];
  if (mode && mode.value !== '') return mode.value === 'navigate';
  var accept = request.headers.accept;
  return accept !== undefined && accept.value.indexOf('text/html') !== -1;
}
`
}

const regex = (pattern: string): string => new RegExp(pattern).toString()
