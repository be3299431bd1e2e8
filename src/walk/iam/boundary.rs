//! Permissions boundaries of users and roles: Put, Delete.

use super::{admitted, boundary_of};
use crate::error::Error;
use crate::model::principal::PrincipalKind;
use crate::operation::iam::{
    DeleteRolePermissionsBoundary, DeleteRolePermissionsBoundaryResponse, DeleteUserPermissionsBoundary,
    DeleteUserPermissionsBoundaryResponse, PutRolePermissionsBoundary, PutRolePermissionsBoundaryResponse,
    PutUserPermissionsBoundary, PutUserPermissionsBoundaryResponse,
};
use crate::walk::{Reading, Write, Writing, writes};

macro_rules! boundaries {
    ($kind:ident, $owner:ident: $put:ident -> $put_answer:ident, $delete:ident -> $delete_answer:ident) => {
        writes!($put, $delete);

        impl Write for $put {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, PrincipalKind::$kind, &self.$owner, visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$put_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                let mut row = owner.row().row.clone();
                row.boundary = boundary_of(visit, &owner, Some(&self.permissions_boundary))?;
                visit.look.save_principal(&owner, &row)?;
                Ok($put_answer::new())
            }
        }
        impl Write for $delete {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, PrincipalKind::$kind, &self.$owner, visit).map(|_| ())
            }
            /// One that is not there is no error.
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$delete_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                let mut row = owner.row().row.clone();
                if row.boundary.take().is_some() {
                    visit.look.save_principal(&owner, &row)?;
                }
                Ok($delete_answer::new())
            }
        }
    };
}
boundaries!(User, user_name: PutUserPermissionsBoundary -> PutUserPermissionsBoundaryResponse,
    DeleteUserPermissionsBoundary -> DeleteUserPermissionsBoundaryResponse);
boundaries!(Role, role_name: PutRolePermissionsBoundary -> PutRolePermissionsBoundaryResponse,
    DeleteRolePermissionsBoundary -> DeleteRolePermissionsBoundaryResponse);
