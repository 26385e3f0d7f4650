/** An answer that the gateway does not give: there may be something else at this url, or in between. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'
  readonly status: number
  readonly headers: Headers
  readonly text: string

  constructor(response: Response, text: string, options?: ErrorOptions) {
    const type = response.headers.get('content-type') ?? 'no content type'
    super(`The answer is none of the gateway's: status ${response.status}, ${type}. Check the url.`, options)
    this.status = response.status
    this.headers = response.headers
    this.text = text
  }
}
