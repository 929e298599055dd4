import { type IRuleTarget } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Code, Function as LambdaCode, type FunctionProps, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'

/** Where Lambda's own runtime has Amazon's authorities, of RDS too; it reads them only where it is told to. */
export const authoritiesInLambda = '/var/runtime/ca-cert.pem'

type Given = Omit<FunctionProps, 'code' | 'runtime' | 'handler'> & {
  /** What AWS runs: one file of the older kind of modules, as it is; the runtime has the SDK. */
  readonly text: string
}

/** A function of AWS whose program stands in the template, so that it needs no build and no bucket. */
export const inlineFunction = (scope: Construct, id: string, { text, ...given }: Given): LambdaCode =>
  new LambdaCode(scope, id, {
    ...given,
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline(text),
  })

/** For a rule that calls it. CDK's types are not written for exactOptionalPropertyTypes. */
export const calledByRule = (code: LambdaCode): IRuleTarget => new LambdaFunction(code as IFunction) as IRuleTarget
