import { expect, test } from 'vitest'
import { explained } from './refusal.ts'

test.each([
  [
    "P00  ERROR: [055]: unable to load info file '/r/backup.info':\n FileMissingError: unable to open missing file '/r/backup/edge/backup.info' for read",
    'the repository is not there',
  ],
  [
    "ERROR: [041]: unable to open file '/r/backup/edge/backup.info' for read: [13] Permission denied",
    "may not be read or written by the engines' user",
  ],
  ["ERROR: [064]: unable to write '/r/x': [28] No space left on device", 'the disk of the repository is full'],
  [
    "ERROR: [095]: unable to verify certificate presented by 's3.example.com:443': [18] self-signed certificate",
    'nobody that is trusted vouches for its certificate',
  ],
  ['error: Pack ID does not match, want 1, got 2', 'what was written is damaged'],
  [
    "ERROR: [029]: unable to load info file '/r/backup.info':\n FormatError: key/value found outside of section",
    'does not open with its key',
  ],
  ['Fatal: wrong password or no key found', 'does not open with its key'],
  [
    'Fatal: unable to open config file: stat /r/config\nIs there a repository at the following location?',
    'the repository is not there',
  ],
  ['ERROR: [039]: HTTP request failed with 403 (Forbidden):', 'refuses the credentials'],
  [
    "ERROR: [065]: new backup label '20261129-120000F' is not later than latest backup label '20261129-130000F'\nHINT: is there clock skew?",
    'the clock was set back',
  ],
  // The milliseconds are no answer of a server.
  [
    "2026-11-30 00:16:07.403 P00  ERROR: [050]: unable to acquire lock on file '/r/edge-archive.lock': Resource temporarily unavailable",
    'another run is at work',
  ],
  ['unable to create lock in backend: repository is already locked by PID 1', 'another run is at work'],
])('of %j it is told that %s', (whole, meaning) => {
  expect(explained(whole, 'words')).toMatch(new RegExp(`${meaning}.*: words$`))
})

test('the time at which a program says something has no meaning', () => {
  expect(explained("2026-11-30 00:16:07.403 P00  ERROR: [047]: unable to create path '/r'", 'as it says')).toBe(
    'as it says',
  )
})

test('a file that is missing in a backup is no repository that is not there', () => {
  expect(
    explained("ERROR: [055]: unable to open missing file '/r/backup/edge/1F/pg_data/1.lz4' for read", 'as it says'),
  ).toBe('as it says')
})
