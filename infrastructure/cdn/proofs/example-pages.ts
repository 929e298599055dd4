/** A folder of the tests' site in which each file has another name for each content; its pages have paths as all others. */
export const exampleHashedFolder = 'build'

/** The pages of a site that the tests have; nobody can ask for that below /api. */
export const examplePages = [
  'index.html',
  'about.html',
  'docs/index.html',
  'docs/start.html',
  'docs/start/index.html',
  'docs/c++/index.html',
  'c++.html',
  `${exampleHashedFolder}/notes.html`,
  `${exampleHashedFolder}/notes/index.html`,
  'api/index.html',
]
