import type { IncomingMessage } from 'node:http'
import { CodedError, type ErrorCode, errorCodes } from '@mtls-gateway/domain'
import { z } from 'zod'
import { unavailable } from './gateway-service.ts'

const mostBytes = 65_536

const problemSchema = z.object({ code: z.string(), detail: z.string() })

/**
 * The body of an answer of config-api to the console itself.
 * @param limit in characters
 * @throws CodedError: what config-api answered instead
 */
export async function bodyOf<T>(answer: IncomingMessage, schema: z.ZodType<T>, limit = mostBytes): Promise<T> {
  const body = await jsonOf(answer, limit)
  if (answer.statusCode === 200) {
    const parsed = schema.safeParse(body)
    if (parsed.success) return parsed.data
    throw unavailable(new Error('config-api answered in another form than expected: it may be of another release'))
  }
  const problem = problemSchema.safeParse(body)
  if (!problem.success || !isErrorCode(problem.data.code)) {
    throw unavailable(new Error(`config-api answered with status ${answer.statusCode}`))
  }
  const seconds = Number(answer.headers['retry-after'])
  throw new CodedError(problem.data.code, problem.data.detail, seconds > 0 ? { retryAfterSeconds: seconds } : {})
}

async function jsonOf(answer: IncomingMessage, limit: number): Promise<unknown> {
  let text = ''
  try {
    answer.setEncoding('utf8')
    for await (const piece of answer) {
      text += piece
      if (text.length > limit) throw new Error('config-api answered with too much')
    }
    return JSON.parse(text)
  } catch (cause) {
    throw unavailable(cause)
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return (errorCodes as readonly string[]).includes(code)
}
