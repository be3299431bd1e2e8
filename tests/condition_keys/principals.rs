//! The keys of IAM.

use strongroom::operation::iam::{
    AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreateRole, CreateUser, DetachUserPolicy, GetUser,
    PutRolePermissionsBoundary, PutUserPermissionsBoundary, PutUserPolicy,
};

use crate::common::{allow, trust};
use crate::scene::{Call, Case};

const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

const fn by_policy(action: &'static str, call: Call) -> Case {
    Case::new(("iam:PolicyARN", "ArnEquals"), ("@bound", ADMIN), action, call)
}
const fn by_boundary(action: &'static str, call: Call) -> Case {
    Case::new(("iam:PermissionsBoundary", "StringEquals"), ("@bound", ADMIN), action, call)
}

pub const CASES: &[Case] = &[
    by_policy("iam:AttachUserPolicy", |at| {
        at.me.iam().attach_user_policy(AttachUserPolicy::new("bounded", at.bound.as_str())).map(drop)
    }),
    by_policy("iam:AttachRolePolicy", |at| {
        at.me.iam().attach_role_policy(AttachRolePolicy::new("app", at.bound.as_str())).map(drop)
    }),
    by_policy("iam:AttachGroupPolicy", |at| {
        at.house.root.iam().create_group("staff")?;
        at.me.iam().attach_group_policy(AttachGroupPolicy::new("staff", at.bound.as_str())).map(drop)
    }),
    by_policy("iam:DetachUserPolicy", |at| {
        at.house.root.iam().attach_user_policy(AttachUserPolicy::new("bounded", at.bound.as_str()))?;
        at.me.iam().detach_user_policy(DetachUserPolicy::new("bounded", at.bound.as_str())).map(drop)
    }),
    // The boundary that the request sets …
    by_boundary("iam:CreateUser", |at| {
        at.me.iam().create_user(CreateUser::new("new").permissions_boundary(at.bound.as_str())).map(drop)
    }),
    by_boundary("iam:CreateRole", |at| {
        let request = CreateRole::new("new", trust("*")).permissions_boundary(at.bound.as_str());
        at.me.iam().create_role(request).map(drop)
    }),
    by_boundary("iam:PutUserPermissionsBoundary", |at| {
        let request = PutUserPermissionsBoundary::new("anaya", at.bound.as_str());
        at.me.iam().put_user_permissions_boundary(request).map(drop)
    }),
    by_boundary("iam:PutRolePermissionsBoundary", |at| {
        let request = PutRolePermissionsBoundary::new("app", at.bound.as_str());
        at.me.iam().put_role_permissions_boundary(request).map(drop)
    }),
    // … or that the principal has.
    by_boundary("iam:PutUserPolicy", |at| {
        at.me.iam().put_user_policy(PutUserPolicy::new("bounded", "more", allow("*", "*"))).map(drop)
    }),
    by_boundary("iam:AttachUserPolicy", |at| {
        at.me.iam().attach_user_policy(AttachUserPolicy::new("bounded", ADMIN)).map(drop)
    }),
    by_boundary("iam:DeleteUserPermissionsBoundary", |at| {
        at.me.iam().delete_user_permissions_boundary("bounded").map(drop)
    }),
    Case::new(("iam:ResourceTag/team", "StringEquals"), ("red", "blue"), "iam:GetUser", |at| {
        at.me.iam().get_user(GetUser::new().user_name("bounded")).map(drop)
    }),
    Case::new(("iam:ResourceTag/team", "StringEquals"), ("red", "blue"), "iam:GetRole", |at| {
        at.me.iam().get_role("app").map(drop)
    }),
    Case::new(("iam:ResourceTag/team", "StringEquals"), ("red", "blue"), "iam:GetPolicy", |at| {
        at.me.iam().get_policy(at.bound.as_str()).map(drop)
    }),
];
