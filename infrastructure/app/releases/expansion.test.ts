import { assert, boolean, constantFrom, dictionary, property, record, string, subarray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Catalogue, type Column, lossesBetween } from './expansion.ts'

const text: Column = { type: 'text', nullable: true, filled: false }
const table = (columns: Readonly<Record<string, Column>>, allowed = ['SELECT', 'INSERT']): Catalogue => ({
  relations: { 'public.notes': { kind: 'table', columns: { ...columns }, allowed } },
  functions: {},
})
const told = (before: Catalogue, after: Catalogue): readonly string[] =>
  lossesBetween(before, after).map(({ name, what }) => `${name} ${what}`)

describe('a schema that only expanded', () => {
  it.each<[string, Catalogue, Catalogue]>([
    ['has another table', { relations: {}, functions: {} }, table({ a: text })],
    ['has another column', table({ a: text }), table({ a: text, b: text })],
    [
      'has a column with a default',
      table({ a: text }),
      table({ a: text, b: { ...text, nullable: false, filled: true } }),
    ],
    ['takes null', table({ a: { ...text, nullable: false } }), table({ a: text })],
    ['takes longer texts', table({ a: { ...text, type: 'character varying(20)' } }), table({ a: text })],
    [
      'takes texts that are a little longer',
      table({ a: { ...text, type: 'character varying(20)' } }),
      table({ a: { ...text, type: 'character varying(40)' } }),
    ],
    ['lets the API do more', table({ a: text }, ['SELECT']), table({ a: text }, ['SELECT', 'DELETE'])],
  ])('%s', (_, before, after) => {
    expect(told(before, after)).toEqual([])
  })
})

describe('what a program may miss is named', () => {
  it.each<[string, Catalogue, Catalogue]>([
    ['public.notes is gone', table({ a: text }), { relations: {}, functions: {} }],
    ['public.notes.b is gone', table({ a: text, b: text }), table({ a: text })],
    ['public.notes.a is uuid, and was text', table({ a: text }), table({ a: { ...text, type: 'uuid' } })],
    [
      'public.notes.a is character varying(10), and was character varying(20)',
      table({ a: { ...text, type: 'character varying(20)' } }),
      table({ a: { ...text, type: 'character varying(10)' } }),
    ],
    ['public.notes.a must not be null any more', table({ a: text }), table({ a: { ...text, nullable: false } })],
    [
      'public.notes.a has no default any more',
      table({ a: { ...text, nullable: false, filled: true } }),
      table({ a: { ...text, nullable: false } }),
    ],
    [
      'public.notes.b is new, must not be null and has no default: rows that do not name it are refused',
      table({ a: text }),
      table({ a: text, b: { ...text, nullable: false } }),
    ],
    ['public.notes may no longer be asked to INSERT by the API', table({ a: text }), table({ a: text }, ['SELECT'])],
    [
      'public.price(integer) is gone',
      { relations: {}, functions: { 'public.price(integer)': 'numeric' } },
      { relations: {}, functions: { 'public.price(bigint)': 'numeric' } },
    ],
    [
      'public.price(integer) returns text, and returned numeric',
      { relations: {}, functions: { 'public.price(integer)': 'numeric' } },
      { relations: {}, functions: { 'public.price(integer)': 'text' } },
    ],
  ])('%s', (words, before, after) => {
    expect(told(before, after)).toEqual([words])
  })
})

const column = record<Column>({
  type: constantFrom('text', 'integer', 'character varying(20)', 'character varying'),
  nullable: boolean(),
  filled: boolean(),
})
const catalogue = record<Catalogue>({
  relations: dictionary(
    string(),
    record({
      kind: constantFrom('table' as const, 'view' as const, 'sequence' as const),
      columns: dictionary(string(), column),
      allowed: subarray(['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
    }),
  ),
  functions: dictionary(string(), constantFrom('text', 'integer')),
})

describe('whatever the schema', () => {
  it('nothing is lost where nothing changed', () => {
    assert(
      property(catalogue, (one) => {
        expect(lossesBetween(one, one)).toEqual([])
      }),
    )
  })

  it('nothing is lost of the one when another is added to it', () => {
    assert(
      property(catalogue, catalogue, (one, other) => {
        const both = {
          relations: { ...other.relations, ...one.relations },
          functions: { ...other.functions, ...one.functions },
        }
        expect(lossesBetween(one, both)).toEqual([])
      }),
    )
  })

  it('each relation and function that is gone is named', () => {
    assert(
      property(catalogue, (one) => {
        const names = lossesBetween(one, { relations: {}, functions: {} }).map(({ name }) => name)
        expect(names).toEqual([...Object.keys(one.relations), ...Object.keys(one.functions)])
      }),
    )
  })

  it('a column that must be given is lost to whoever does not know it', () => {
    assert(
      property(column, (added) => {
        const losses = lossesBetween(table({ a: text }), table({ a: text, added }))
        expect(losses.length).toBe(!added.nullable && !added.filled ? 1 : 0)
      }),
    )
  })
})
