/** A multipart form with a file, as bytes because it is sent again and again. */
export interface FormRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export async function formOf(fields: Readonly<Record<string, string>>, file: Buffer): Promise<FormRequest> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob([new Uint8Array(file)]), 'client.p12')
  const encoded = new Response(form)
  const contentType = encoded.headers.get('content-type') ?? ''
  return { headers: { 'content-type': contentType }, body: Buffer.from(await encoded.arrayBuffer()) }
}
