/** Calls like those of the platform's fetch. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>
