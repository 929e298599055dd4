import { DescribeDBParametersCommand, RDSClient } from '@aws-sdk/client-rds'
import { onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { at, resourceOf } from '../../../src/targets/aws/template.ts'
import type { RdsParameter } from './parameters.ts'

/** The parameter group: each parameter that edge or the configuration sets, in RDS's own unit. */
export function parameterProofs(parameters: readonly RdsParameter[]): readonly RoomProof[] {
  const names = new Set(parameters.map(({ name }) => name))
  return [
    onEmulator({
      type: 'AWS::RDS::DBParameterGroup',
      says: 'the parameters of the configuration are those of the group, each in the unit that RDS counts it in',
      fact: 'parameters',
      proves: ['parameters'],
      is: parameters.map(({ name, value }) => `${name} = ${value}`),
      template: (template) => {
        const found = Object.entries(Object(at(resourceOf(template, 'Parameters'), 'Properties', 'Parameters')))
        return found.map(([name, value]) => `${name} = ${String(value)}`).toSorted()
      },
      readBack: async ({ client, id }) => {
        const rds = new RDSClient(client)
        const found: string[] = []
        let Marker: string | undefined
        do {
          const page = await rds.send(
            new DescribeDBParametersCommand({ DBParameterGroupName: id('Parameters'), ...(Marker ? { Marker } : {}) }),
          )
          for (const { ParameterName: name = '', ParameterValue: value } of page.Parameters ?? [])
            if (names.has(name)) found.push(`${name} = ${String(value)}`)
          Marker = page.Marker
        } while (Marker !== undefined && Marker !== '')
        return found.toSorted()
      },
    }),
    onEmulator({
      type: 'AWS::RDS::DBParameterGroup',
      says: 'the database refuses clients that speak no TLS',
      fact: 'rds.force_ssl',
      proves: ['encryptedConnections'],
      is: '1',
      template: (template) => at(resourceOf(template, 'Parameters'), 'Properties', 'Parameters', 'rds.force_ssl'),
      readBack: async ({ client, id }) => {
        const asked = new DescribeDBParametersCommand({ DBParameterGroupName: id('Parameters'), Source: 'user' })
        const { Parameters: found = [] } = await new RDSClient(client).send(asked)
        return found.find(({ ParameterName: name }) => name === 'rds.force_ssl')?.ParameterValue
      },
    }),
  ]
}
