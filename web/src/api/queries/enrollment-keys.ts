import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Shape } from '../client';
import { useAction } from '../use-action';

export type EnrollmentKey = Shape<'EnrollmentKeyResponse'>;

export const enrollmentKeysQuery = queryOptions({
  queryKey: ['enrollment-keys', 'list'],
  queryFn: ({ signal }) => answer(api.GET('/api/ota/admin/enrollment-keys', { signal })),
});

export const useKeyCreation = () =>
  useAction<Partial<Shape<'EnrollmentKeyRequest'>>, Shape<'NewEnrollmentKeyResponse'>>({
    run: (body) =>
      answer(api.POST('/api/ota/admin/enrollment-keys', { body: body as Shape<'EnrollmentKeyRequest'> })),
    changes: ['enrollment-keys'],
  });

export const useKeyRevocation = () =>
  useAction<EnrollmentKey, unknown>({
    run: ({ id }) =>
      answer(api.DELETE('/api/ota/admin/enrollment-keys/{key_id}', { params: { path: { key_id: id } } })),
    changes: ['enrollment-keys'],
    done: (_, { key_prefix }) =>
      `Nobody can enrol with ${key_prefix}… any more. Enrolled devices keep their tokens.`,
  });
