import { type Behaviour, behaviours, unseen } from '../../infrastructure/proven-behaviours.ts'
import { provenStacks, type ProvenStack } from '../../infrastructure/proven-stacks.ts'

const intro = `<!-- rendered by src/docs/render.ts -->

# What proves the templates for AWS

No AWS account was at hand. Each property of the stacks below is asserted on the template, which CDK's own
CloudFormation validator, cdk-nag and cfn-lint have nothing against but what is accepted (accepted-findings.ts of each room).
Most of them were deployed to an emulator, MiniStack, by \`edge deploy\` as well, and read back through the SDK. That proves
that the template says what is meant and that it comes to what the API is asked for; it does not prove what AWS does with it.

- **deployed and read back**: the emulator's CloudFormation made it, its API says so.
- **own provisioner**: the emulator's CloudFormation drops it; the tests' launcher hands it from the template to the
  emulator's API, which says so.
- **template only**: with the reason. A gap of the emulator that an upgrade closes fails a test.

The values are those of infrastructure/*/aws/proofs*.ts; the tests beside them, test/aws-proofs.emulator.test.ts and
test/aws-rooms.emulator.test.ts hold each of them true. On AWS \`edge verify\` reads
back those that a promise of the database, of the backups, of the CDN or of a backup that fails stands on, and the alarms with the
topics and subscribers that their letters go through; of the CDN and of the database's servers also those that no promise stands on.
A sabotage.test.ts of each room holds that they can fail: whichever value of a template is edited, but for names, comments, and
the version of the language of policies, a test fails.`

/** The page that says of each property of each stack what proved it. */
export function awsProofPage(): string {
  const proofs = provenStacks.flatMap((stack) => stack.proofs)
  const readBack = proofs.filter(({ by }) => by !== 'template').length
  return (
    [
      intro,
      `${readBack} of ${proofs.length} properties were read back.`,
      ...provenStacks.flatMap(partOf),
      ...behaviourPart,
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  )
}

function partOf({ title, proofs }: ProvenStack): readonly string[] {
  const types = [...new Set(proofs.map(({ type }) => type))].toSorted()
  return [
    `## ${title}`,
    ...types.map((type) =>
      section(
        type,
        proofs.filter((proof) => proof.type === type),
      ),
    ),
  ]
}

type Proof = ProvenStack['proofs'][number]

const section = (type: string, proofs: readonly Proof[]): string =>
  [`### ${type}`, '', '| property | proven by |', '|---|---|', ...proofs.map(row)].join('\n')

const row = (proof: Proof): string => `| ${proof.says} | ${provenBy(proof)} |`

function provenBy(proof: Proof): string {
  if (proof.by === 'template') return `template only: ${proof.because}`
  return proof.by === 'emulator' ? 'deployed and read back' : 'own provisioner'
}

const behaviourPart: readonly string[] = [
  '## What is done with the database',
  `As an operator does it, by \`edge plan\`, \`deploy\`, \`verify\` and \`destroy\` on the emulator. Where the emulator does not do what AWS
is documented to do, the tests' launcher (test/ministack/database.py) does: that shows what edge does then, and nothing of AWS.`,
  ['| what is shown | by which test | what the launcher adds |', '|---|---|---|', ...behaviours.map(behaviourRow)].join(
    '\n',
  ),
  [
    '| not shown by any emulator | instead |',
    '|---|---|',
    ...unseen.map(([what, instead]) => `| ${what} | ${instead} |`),
  ].join('\n'),
]

function behaviourRow({ says, file, test, launcher = '' }: Behaviour): string {
  return `| ${says} | ${file}: ${test.trim()} … | ${launcher} |`
}
