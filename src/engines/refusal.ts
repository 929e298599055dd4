/** What a program of backups says where a repository is not as it should be, and what that is in plain words. */
const meanings: readonly (readonly [RegExp, string])[] = [
  // First: whoever waits for the other run goes by it.
  [/unable to acquire lock|already locked/i, 'another run is at work on the repository'],
  [/verify certificate|certificate signed by|x509:/i, 'nobody that is trusted vouches for its certificate'],
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION/,
    'the SFTP server is another one than its known host keys say',
  ],
  [/Permission denied \([\w,-]*publickey/, 'the SFTP server refuses the key'],
  [/ssh: connect to host|ssh: Could not resolve/, 'the SFTP server does not answer'],
  [/No space left on device/i, 'the disk of the repository is full'],
  [/permission denied/i, "the repository may not be read or written by the engines' user"],
  [
    /CryptoError|\[095\]|unable to load info file[^]*FormatError|wrong password or no key found/i,
    'the repository does not open with its key, or its files are damaged',
  ],
  [/NoSuchBucket|bucket does not exist/i, 'there is no such bucket, and none is made from here'],
  [/failed with 403\b|Access ?Denied|Forbidden/i, 'the S3 server refuses the credentials'],
  [/HostConnectError|unable to connect to '|dial tcp/i, 'the S3 server does not answer'],
  [/missing file '[^']*\/(backup|archive)\.info'|Is there a repository/i, 'the repository is not there'],
  [/checksum|decompress|LZ4F|Pack ID does not match|ciphertext verification failed/i, 'what was written is damaged'],
  [/is not later than latest backup label/i, 'the clock was set back: the newest backup is younger than now'],
]

/** In front of what a program says, what it means; the program's words alone where nobody knows. */
export function explained(whole: string, words: string): string {
  const meaning = meanings.find(([pattern]) => pattern.test(whole))?.[1]
  return meaning === undefined ? words : `${meaning}: ${words}`
}
