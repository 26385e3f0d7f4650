/** From the process: `ready` once, then what it answers. */
export type JobMessage<Answer> = { readonly kind: 'ready' } | { readonly kind: 'answer'; readonly answer: Answer }
