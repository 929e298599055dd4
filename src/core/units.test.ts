import { assert, constantFrom, double, integer, nat, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytes,
  count,
  duration,
  magnitude,
  mebibytes,
  milliseconds,
  parseBytes,
  parseDuration,
  percent,
  seconds,
  show,
  UnitError,
} from './units.ts'

const times = { ms: 1, seconds: 1000, min: 60_000, hours: 3_600_000, days: 86_400_000, weeks: 604_800_000 } as const
const sizes = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const
const timeUnit = constantFrom(...Object.entries(times))
const sizeUnit = constantFrom(...Object.entries(sizes))
const whole = integer({ min: 0, max: 100_000 })

/** What was read, or why it was refused; any other error is a mistake of the parser. */
function outcome<Value>(parse: () => Value): Value | UnitError {
  try {
    return parse()
  } catch (error) {
    if (error instanceof UnitError) return error
    throw error
  }
}

function errorOf(parse: () => unknown): UnitError {
  const read = outcome(parse)
  if (read instanceof UnitError) return read
  throw new Error('it was read')
}

describe('a time', () => {
  it('is its number times its unit', () => {
    assert(
      property(whole, timeUnit, (number, [unit, size]) => {
        expect(parseDuration(`${number} ${unit}`).milliseconds).toBe(number * size)
      }),
    )
  })

  it('may have a fraction', () => {
    assert(
      property(whole, integer({ min: 0, max: 99 }), timeUnit, (number, hundredths, [unit, size]) => {
        const text = `${number}.${String(hundredths).padStart(2, '0')} ${unit}`
        expect(parseDuration(text).milliseconds).toBeCloseTo(((number * 100 + hundredths) * size) / 100, 4)
      }),
    )
  })

  it('has no digits that nobody wrote', () => {
    expect(seconds(parseDuration('1.1 hours'))).toBe(3960)
  })

  it('is the same with any space around it', () => {
    assert(
      property(whole, timeUnit, nat(3), nat(3), (number, [unit], before, between) => {
        const spaced = `${' '.repeat(before)}${number}${' '.repeat(between)}${unit} `
        expect(parseDuration(spaced)).toEqual(parseDuration(`${number} ${unit}`))
      }),
    )
  })

  it('comes back from the text that shows it, to the precision shown', () => {
    assert(
      property(integer({ min: 1, max: 10 ** 12 }), (ms) => {
        const again = parseDuration(show(milliseconds(ms))).milliseconds
        expect(Math.abs(again - ms) / ms).toBeLessThanOrEqual(0.0051)
      }),
    )
  })

  it('is read or refused with a UnitError, whatever the text', () => {
    assert(
      property(string(), (text) => {
        const read = outcome(() => parseDuration(text))
        expect(read instanceof UnitError || (read !== undefined && read.milliseconds >= 0)).toBe(true)
      }),
    )
  })
})

describe('a size', () => {
  it('is binary', () => {
    assert(
      property(whole, sizeUnit, (number, [unit, size]) => {
        expect(parseBytes(`${number} ${unit}`).bytes).toBe(number * size)
      }),
    )
  })

  it('is a whole number of bytes', () => {
    assert(
      property(double({ min: 0, max: 1000, noNaN: true }), sizeUnit, (number, [unit]) => {
        expect(Number.isInteger(parseBytes(`${number.toFixed(3)} ${unit}`).bytes)).toBe(true)
      }),
    )
  })

  it('comes back from the text that shows it, to the precision shown', () => {
    assert(
      property(integer({ min: 1, max: 2 ** 50 }), (size) => {
        const again = parseBytes(show({ kind: 'bytes', bytes: size })).bytes
        expect(Math.abs(again - size) / size).toBeLessThanOrEqual(0.0051)
      }),
    )
  })
})

describe('a text that is no quantity', () => {
  it.each([
    ['7', '"7" has no unit', '7 seconds'],
    ['a week', '"a week" is not a time', '10 seconds'],
    ['', '"" is not a time', '10 seconds'],
    ['1,5 hours', '"1,5 hours" is not a time', '10 seconds'],
    ['1e3 ms', '"1e3 ms" is not a time', '10 seconds'],
    ['-5 min', '"-5 min" is negative', '5 min'],
    ['7 toString', '"7 toString" has an unknown unit', '7 seconds'],
  ])('%j is refused with a text that would have been right', (text, message, example) => {
    const error = errorOf(() => parseDuration(text))
    expect(error.message.startsWith(message)).toBe(true)
    expect(error.example).toBe(example)
    expect(() => parseDuration(error.example)).not.toThrow()
  })

  it('a size wants to know MB from Mb', () => {
    expect(errorOf(() => parseBytes('256 Mb')).message).toBe(
      '"256 Mb" has an unknown unit; known are B, kB, MB, GB, TB',
    )
  })
})

describe('a quantity is shown', () => {
  it.each([
    [duration('365 days'), '365 days'],
    [duration('24 hours'), '1 day'],
    [duration('300 seconds'), '5 min'],
    [duration('1.5 hours'), '1.5 h'],
    [duration('500 ms'), '500 ms'],
    [bytes('256 MB'), '256 MB'],
    [bytes('1536 kB'), '1.5 MB'],
    [percent(99), '99 %'],
    [percent(0.05), '0.05 %'],
    [count(5, 'users'), '5 users'],
  ])('%j as %s', (quantity, text) => {
    expect(show(quantity)).toBe(text)
  })

  it('and measured in the base unit of its kind', () => {
    expect([duration('2 s'), bytes('1 kB'), percent(3), count(4, 'users')].map(magnitude)).toEqual([2000, 1024, 3, 4])
    expect([seconds(duration('90 seconds')), mebibytes(bytes('1 GB'))]).toEqual([90, 1024])
  })
})
