import { expect, it } from 'vitest'
import { iamToken } from './iam-token.ts'

const asked = {
  host: 'copy.abc.eu-central-1.rds.amazonaws.com',
  port: 5432,
  user: 'edge_reader',
  region: 'eu-central-1',
  key: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  now: new Date('2026-11-28T06:00:00.123Z'),
}
const begins = `${asked.host}:5432/?Action=connect&DBUser=edge_reader&X-Amz-Algorithm=AWS4-HMAC-SHA256`
const partsOf = (token: string): readonly string[] => token.split('&').toSorted()

// Both were made by botocore 1.43.106 (generate_db_auth_token) at this second; of the second it writes the token of the
// session behind the headers, which the signature does not see.
it('is what AWS’s own library makes of the same', () => {
  expect(iamToken(asked)).toBe(
    `${begins}&X-Amz-Credential=AKIDEXAMPLE%2F20261128%2Feu-central-1%2Frds-db%2Faws4_request&X-Amz-Date=20261128T060000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=a4a4ebce151a77358ca1b8bdcfc1438eff947f1a58feff9a30b55f7570eee7a6`,
  )
})

it('is that of a session, too, which a function of AWS always has', () => {
  const made = `${begins}&X-Amz-Credential=AKIDEXAMPLE%2F20261128%2Feu-central-1%2Frds-db%2Faws4_request&X-Amz-Date=20261128T060000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=a%2Fsession%2Btoken%3D%3D&X-Amz-Signature=9550eadba331c8c4ea8b188a1c4380871fc48b9391b4e8341446e1dc0bf64d51`
  expect(partsOf(iamToken({ ...asked, session: 'a/session+token==' }))).toEqual(partsOf(made))
})
