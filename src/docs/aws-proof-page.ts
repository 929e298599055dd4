import type { Proof } from '../../infrastructure/cdn/aws/proof.ts'
import { cdnProofs } from '../../infrastructure/cdn/aws/proofs.ts'

const intro = `<!-- rendered by src/docs/render.ts -->

# What proves the templates for AWS

No AWS account was at hand. Each property of the CDN's stack below is asserted on the template, which CDK's own
CloudFormation validator, cdk-nag and cfn-lint have nothing against but what is accepted
([infrastructure/cdn/aws/accepted-findings.ts](../infrastructure/cdn/aws/accepted-findings.ts)). Most of them were deployed to an emulator, MiniStack, by
\`edge deploy\` as well, and read back through the SDK. That proves that the template says what is meant and that it comes
to what the API is asked for; it does not prove what AWS does with it.

- **deployed and read back**: the emulator's CloudFormation made it, its API says so.
- **own provisioner**: the emulator's CloudFormation drops it; the tests' launcher hands it from the template to the
  emulator's API, which says so.
- **template only**: with the reason. A gap of the emulator that an upgrade closes fails a test.

The values are those of infrastructure/cdn/aws/proofs.ts; the tests beside it and
test/aws-proofs.emulator.test.ts hold each of them true, with a certificate, a name of its own and an API.
infrastructure/cdn/aws/sabotage.test.ts holds that they can fail: whichever value of the template is edited, but for names,
comments, and the version of the language of policies, a test fails.`

/** The page that says of each property of the stack what proved it. */
export function awsProofPage(): string {
  const types = [...new Set(cdnProofs.map(({ type }) => type))].toSorted()
  const readBack = cdnProofs.filter(({ by }) => by !== 'template').length
  const sections = types.map((type) =>
    section(
      type,
      cdnProofs.filter((proof) => proof.type === type),
    ),
  )
  return (
    [intro, `${readBack} of ${cdnProofs.length} properties were read back.`, ...sections, ''].join('\n\n').trimEnd() +
    '\n'
  )
}

const section = (type: string, proofs: readonly Proof[]): string =>
  [`## ${type}`, '', '| property | proven by |', '|---|---|', ...proofs.map(row)].join('\n')

const row = (proof: Proof): string => `| ${proof.says} | ${provenBy(proof)} |`

function provenBy(proof: Proof): string {
  if (proof.by === 'template') return `template only: ${proof.because}`
  return proof.by === 'emulator' ? 'deployed and read back' : 'own provisioner'
}
