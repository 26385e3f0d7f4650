/**
 * Calls of this page to the server that it came from. The header field tells the server that a page of its own is
 * asking: other sites can't set it.
 */
export async function consoleFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('x-console', '1')
  try {
    return await fetch(input, { ...init, headers, cache: 'no-store' })
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new NoAnswer({ cause })
  }
}

/** @throws NoAnswer */
export async function reachConsole(): Promise<void> {
  await consoleFetch('/console/config')
}

/** The server of this page does not answer, or the network is away. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'

  constructor(options?: ErrorOptions) {
    super('The console can not be reached. Check your network; this page tries again by itself.', options)
  }
}
