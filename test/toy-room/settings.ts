import { z } from 'zod'
import { field, promisedField, time } from '../../src/core/field.ts'
import { toy } from './guarantees.ts'

export const toySettings = field(
  z
    .strictObject({
      patience: promisedField(time({ atLeast: '1 ms' }), toy.answers, {
        doc: 'How long the toy may take to answer.',
        unit: 'second',
      }),
    })
    .prefault({}),
  { doc: 'The toy.', example: {} },
)

export type ToySettings = z.output<typeof toySettings>
