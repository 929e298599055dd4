import { useState } from 'preact/hooks'
import { ApiError } from '../api.ts'
import { useSession } from '../session.tsx'
import { Avatar } from './avatar.tsx'
import { Failed } from './states.tsx'

const side = 320

/** The middle of a picture as a small square: a photograph of any size then fits what the server takes. */
async function squareOf(file: File): Promise<Blob> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new ApiError(415, 'This file is not a picture that the browser can read. Choose a PNG, JPEG or WebP image.')
  })
  const canvas = document.createElement('canvas')
  canvas.width = side
  canvas.height = side
  const cut = Math.min(picture.width, picture.height)
  const context = canvas.getContext('2d')
  context?.drawImage(picture, (picture.width - cut) / 2, (picture.height - cut) / 2, cut, cut, 0, 0, side, side)
  picture.close()
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null) =>
      blob ? resolve(blob) : reject(new ApiError(0, 'The picture could not be made smaller.'))
    canvas.toBlob(done, 'image/png')
  })
}

export function AvatarForm() {
  const session = useSession()
  const [version, setVersion] = useState(0)
  const [saved, setSaved] = useState('')
  const [error, setError] = useState<ApiError>()
  const upload = async (file: File) => {
    setError(undefined)
    setSaved('Saving…')
    try {
      await session.saveAvatar(await squareOf(file))
      setVersion((before) => before + 1)
      setSaved('Picture saved.')
    } catch (failure) {
      setSaved('')
      setError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)))
    }
  }
  return (
    <section class="panel avatar-form" aria-labelledby="picture">
      <Avatar size={88} version={version} />
      <div>
        <h2 id="picture">Picture</h2>
        <label class="file">
          Choose a picture
          <input
            type="file"
            accept="image/png,image/jpeg,image/webp"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? []
              if (file) void upload(file)
              // The same file can be chosen again after a failure.
              currentTarget.value = ''
            }}
          />
        </label>
        <p class="small">PNG, JPEG or WebP; its middle is cut to a square.</p>
        <p role="status">{saved}</p>
        {error && <Failed error={error} />}
      </div>
    </section>
  )
}
