import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { project } from '../../../test/instance.ts'
import { remindCode } from './reminders.ts'
import { asSent, largestTemplate, requireSmallEnough } from './template-size.ts'

const ofDescription = (length: number) => ({
  stack: 'trial-cdn',
  content: { Description: 'x'.repeat(length - 'Description: \n'.length) },
})

it('takes a template of just so many bytes as CloudFormation takes, and no larger one', () => {
  expect(() => requireSmallEnough(ofDescription(largestTemplate))).not.toThrow()
  expect(() => requireSmallEnough(ofDescription(largestTemplate + 1))).toThrow(
    'its template has 1000001 bytes, and CloudFormation takes 1000000',
  )
})

it('counts the bytes of what is beyond ASCII', () => {
  const { content, ...where } = ofDescription(largestTemplate)
  const more = { Description: content.Description.replace('xx', '„') }
  expect(() => requireSmallEnough({ ...where, content: more })).toThrow('its template has 1000001 bytes')
})

it('counts what the toolkit sends, which says nothing of that to others', () => {
  const path = join(project, 'node_modules/@aws-cdk/toolkit-lib/lib/util/serialize.js')
  // It is no part of what the library offers, and has no types there.
  const { toYAML } = createRequire(import.meta.url)(path) as { readonly toYAML: (content: object) => string }
  const content = {
    Description: 'made by edge: yes',
    Resources: {
      Remind: {
        Type: 'AWS::Lambda::Function',
        Properties: { Code: { ZipFile: remindCode() }, Timeout: 60, Environment: { Variables: { EVERY: '14400000' } } },
        DependsOn: ['Role', 'Policy'],
      },
      Switch: { Type: 'AWS::CloudFront::Function', Properties: { On: true, Off: 'no', Empty: '', None: [], Of: {} } },
    },
  }
  expect(asSent(content)).toBe(toYAML(content))
})
