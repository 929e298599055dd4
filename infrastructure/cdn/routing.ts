/** Which request is answered by what: regular expressions over a path, the same for nginx, CloudFront and `edge explain`. */

/** What the API answers. */
export const apiPath = '^/api(/|$)'

/** Names that begin with a dot are never sent, but for what certificates are proven with. */
export const hiddenName = '/\\.(?!well-known/)'

/** A path whose last part has an extension names a file; the app answers a navigation to any other. */
export const namesAFile = '\\.[^/]+$'

/** Routes of the app that the checks ask for beside the homepage: a location of nginx for one of them changes no other. */
export const appRoutes: readonly string[] = ['/login', '/sports']
