import { describe, expect, it } from 'vitest'
import { policyProblem } from './check-headers.ts'

const anybody = 'any other site may show the page in a frame'
const anywhere = (source: string): string => `the policy allows scripts from anywhere (${source})`

describe('the policy of a page', () => {
  it.each([
    ["default-src 'self'; frame-ancestors 'none'", ''],
    ["default-src 'self'; frame-ancestors https://partner.example", ''],
    ["default-src 'self'", 'DENY'],
    ["script-src 'nonce-x' 'unsafe-inline'", 'DENY'],
    ["script-src 'nonce-x' 'strict-dynamic' https: 'unsafe-inline'", 'DENY'],
  ])('does its work: %s', (policy, frames) => {
    expect(policyProblem(policy, frames)).toBeUndefined()
  })

  it.each([
    ['', 'DENY', 'the page says nothing of what it may load (Content-Security-Policy)'],
    ["img-src 'self'", 'DENY', 'the policy does not bind scripts (script-src, default-src)'],
    ["default-src 'self'", '', anybody],
    ["default-src 'self'; frame-ancestors *", 'DENY', anybody],
    ["default-src 'self'; frame-ancestors https:", 'DENY', anybody],
    ["script-src 'unsafe-inline'", 'DENY', anywhere("'unsafe-inline'")],
    ["script-src * 'nonce-x'", 'DENY', anywhere('*')],
    ["script-src https: 'nonce-x'", 'DENY', anywhere('https:')],
    ["script-src 'self' data:", 'DENY', anywhere('data:')],
    ['script-src http://*', 'DENY', anywhere('http://*')],
  ])('does not: %s (%s)', (policy, frames, problem) => {
    expect(policyProblem(policy, frames)).toBe(problem)
  })
})
