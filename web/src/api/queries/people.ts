import { queryOptions } from '@tanstack/react-query';
import { answer, api, page, type Shape } from '../client';
import { useAction } from '../use-action';

export type User = Shape<'UserResponse'>;
export type UserChange = Partial<Shape<'UserChangeRequest'>>;
export type Token = Shape<'TokenResponse'>;

/** As many as a page shows; more are listed by the command. */
const MOST = 1_000;

export const usersQuery = queryOptions({
  queryKey: ['people', 'users'],
  queryFn: ({ signal }) =>
    page(api.GET('/api/ota/admin/users', { params: { query: { skip: 0, limit: MOST } }, signal })),
});

export const tokensQuery = queryOptions({
  queryKey: ['people', 'tokens'],
  queryFn: ({ signal }) =>
    page(api.GET('/api/ota/admin/tokens', { params: { query: { skip: 0, limit: MOST } }, signal })),
});

export const useUserCreation = () =>
  useAction<Shape<'UserCreateRequest'>, User>({
    run: (body) => answer(api.POST('/api/ota/admin/users', { body })),
    changes: ['people'],
    done: ({ username, role }) => `${username} can log in now, as ${role}.`,
  });

export interface UserEdit {
  readonly user: User;
  readonly change: UserChange;
  readonly done: string;
}

/** Undo puts back the role and whether the user may log in; a password cannot be put back. */
export const useUserChange = () =>
  useAction<UserEdit, User>({
    run: ({ user, change }) => changeUser(user.id, change),
    changes: ['people'],
    done: (_, { done }) => done,
    undo: (_, { user, change }) =>
      changeUser(user.id, {
        ...(change.role !== undefined && { role: user.role }),
        ...(change.is_active !== undefined && { is_active: user.is_active }),
      }),
  });

const changeUser = (id: number, body: UserChange): Promise<User> =>
  answer(
    api.PATCH('/api/ota/admin/users/{id}', {
      params: { path: { id } },
      body,
    }),
  );

export const useUserDeletion = () =>
  useAction<User, unknown>({
    run: ({ id }) => answer(api.DELETE('/api/ota/admin/users/{id}', { params: { path: { id } } })),
    changes: ['people'],
    done: (_, { username }) => `${username} is deleted.`,
  });

export const useTokenCreation = () =>
  useAction<Partial<Shape<'TokenCreateRequest'>>, Shape<'TokenCreatedResponse'>>({
    run: (body) => answer(api.POST('/api/ota/admin/tokens', { body: body as Shape<'TokenCreateRequest'> })),
    changes: ['people'],
  });

export const useTokenRevocation = () =>
  useAction<Token, unknown>({
    run: ({ id }) => answer(api.DELETE('/api/ota/admin/tokens/{id}', { params: { path: { id } } })),
    changes: ['people'],
    done: (_, { name }) => `The token ${name} is revoked: no server accepts it any more.`,
  });

export const usePasswordChange = (onDone: () => void) =>
  useAction<Shape<'PasswordChangeRequest'>, unknown>({
    run: async (body) => {
      await answer(api.POST('/api/auth/password', { body }));
      onDone();
    },
    changes: [],
    done: () => 'Your password is changed.',
  });
