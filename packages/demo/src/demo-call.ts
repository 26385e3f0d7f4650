import { ApiClient, type ApiHeaders, type ApiResponse } from '@mtls-gateway/test-kit'
import type { CallArguments } from './call-arguments.ts'
import { type DemoFile, readDemoFile } from './demo-file.ts'
import { errorCode } from './error-text.ts'
import { StepFailure } from './step-failure.ts'

/**
 * Forwards one call through the running demo.
 * @throws StepFailure if no demo is running on this data directory
 */
export async function callThroughDemo(
  call: CallArguments & { readonly url: string },
  dataDir: string,
): Promise<ApiResponse<Buffer>> {
  const demo = await readDemoFile(dataDir)
  if (demo === undefined) throw notRunning(`${dataDir} has no demo.json`)
  const { appKey, appSecret } = demo
  const client = new ApiClient({ baseUrl: demo.forwarderApi, oauth1: { appKey, appSecret } })
  try {
    return await client.raw({
      method: call.method,
      path: `/mtls/account/${demo.accountId}`,
      headers: headersOf(call, demo),
      ...(call.data !== undefined && { body: call.data }),
    })
  } catch (error) {
    throw errorCode(error) === 'ECONNREFUSED' ? notRunning(`nothing listens at ${demo.forwarderApi}`) : error
  } finally {
    await client.close()
  }
}

function headersOf(call: CallArguments & { readonly url: string }, demo: DemoFile): ApiHeaders {
  const hasType = Object.keys(call.headers).some((name) => name.toLowerCase() === 'content-type')
  return {
    'LP-forward-url': call.url,
    'LP-service-name': call.service ?? demo.serviceName,
    ...(call.data !== undefined && !hasType && { 'content-type': contentTypeOf(call.data) }),
    ...call.headers,
  }
}

function contentTypeOf(data: string): string {
  try {
    JSON.parse(data)
    return 'application/json'
  } catch {
    return 'text/plain; charset=utf-8'
  }
}

function notRunning(reason: string): StepFailure {
  return new StepFailure(`The demo is not running: ${reason}. Start it with "npm start" and leave it up.`)
}
