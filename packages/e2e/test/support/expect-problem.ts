import { expect } from '@jest/globals'
import type { ApiResponse } from '@mtls-gateway/test-kit'
import type { Problem } from './wire.ts'

/** Holds for every answer that refuses: RFC 9457, a stable code, a sentence, no stack. */
export function expectProblem(response: ApiResponse<unknown>, status: number, code: string): Problem {
  const problem = problemOf(response)
  expect({ status: response.status, code: problem.code }).toEqual({ status, code })
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
  expectSentence(problem.detail)
  expect(JSON.stringify(problem)).not.toMatch(/\bat .{1,200}\.[jt]s:\d+/)
  return problem
}

/** What a person reads: words, ended like a sentence. */
export function expectSentence(text: unknown): void {
  expect(text).toEqual(expect.stringMatching(/\w+ \w+.*[.!?)]\s*$/s))
}

/** The problem document of an answer, also of one whose bytes were collected raw. */
export function problemOf(response: ApiResponse<unknown>): Problem {
  const { body } = response
  return (Buffer.isBuffer(body) ? JSON.parse(body.toString('utf8')) : body) as Problem
}
