//! What policies would decide, and what they ask for.

use std::collections::BTreeMap;

use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{choice, from_text, operation, structure};

choice! {
    /// The type of a condition key's values.
    ContextKeyTypeEnum {
        String = "string", StringList = "stringList", Numeric = "numeric", NumericList = "numericList",
        Boolean = "boolean", BooleanList = "booleanList", Ip = "ip", IpList = "ipList", Binary = "binary",
        BinaryList = "binaryList", Date = "date", DateList = "dateList",
    }
}
choice! {
    /// What a simulation comes to.
    PolicyEvaluationDecisionType { Allowed = "allowed", ExplicitDeny = "explicitDeny", ImplicitDeny = "implicitDeny" }
}
choice! {
    /// Where a policy comes from.
    PolicySourceType {
        User = "user", Group = "group", Role = "role", AwsManaged = "aws-managed", UserManaged = "user-managed",
        Resource = "resource", None = "none",
    }
}
structure! {
    /// A condition key of the simulated request.
    #[derive(Clone, PartialEq, Eq)]
    ContextEntry {
        must {}
        may {
            /// The key, such as `aws:SourceIp`.
            context_key_name: Text = "ContextKeyName" [Length(5, 256)];
            /// Its values; several for the types of lists only.
            context_key_values: Vec<Text> = "ContextKeyValues";
            /// Their type; any text without it.
            context_key_type: ContextKeyTypeEnum = "ContextKeyType";
        }
    }
}
structure! {
    /// A place in a policy's text.
    #[derive(Clone, PartialEq, Eq)]
    Position {
        must {
            /// From 1.
            line: i64 = "Line";
            /// In characters, from 1.
            column: i64 = "Column";
        }
        may {}
    }
}
structure! {
    /// A statement that decided.
    #[derive(Clone, PartialEq, Eq)]
    Statement {
        must {
            /// The policy's name or ARN; of one that came with the request, the member and its number.
            source_policy_id: Text = "SourcePolicyId";
            /// Where the policy comes from.
            source_policy_type: PolicySourceType = "SourcePolicyType";
            /// Where the statement begins.
            start_position: Position = "StartPosition";
            /// Where it ends: one past its last character.
            end_position: Position = "EndPosition";
        }
        may {}
    }
}
structure! {
    /// What the permissions boundary says.
    #[derive(Clone, PartialEq, Eq)]
    PermissionsBoundaryDecisionDetail {
        must {
            /// Does it let the action through?
            allowed_by_permissions_boundary: bool = "AllowedByPermissionsBoundary";
        }
        may {}
    }
}
structure! {
    /// What a simulation comes to on one of several resources.
    #[derive(Clone, PartialEq, Eq)]
    ResourceSpecificResult {
        must {
            /// The resource as it was asked about.
            eval_resource_name: Text = "EvalResourceName";
            /// The decision.
            eval_resource_decision: PolicyEvaluationDecisionType = "EvalResourceDecision";
            /// For an explicit deny the denying statements, else the allowing ones.
            matched_statements: Vec<Statement> = "MatchedStatements";
            /// Condition keys that statements for this action ask for and the request does not have.
            missing_context_values: Vec<Text> = "MissingContextValues";
        }
        may {
            /// Across accounts: what each side comes to. Empty within one; absent without resource.
            eval_decision_details: BTreeMap<Text, PolicyEvaluationDecisionType> = "EvalDecisionDetails";
            /// Present under a permissions boundary.
            permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail = "PermissionsBoundaryDecisionDetail";
        }
    }
}
structure! {
    /// What a simulation comes to for one action: the strictest decision of all resources.
    #[derive(Clone, PartialEq, Eq)]
    EvaluationResult {
        must {
            /// The action as it was asked about.
            eval_action_name: Text = "EvalActionName";
            /// The resource that the decision is on.
            eval_resource_name: Text = "EvalResourceName";
            /// The decision.
            eval_decision: PolicyEvaluationDecisionType = "EvalDecision";
            /// For an explicit deny the denying statements, else the allowing ones.
            matched_statements: Vec<Statement> = "MatchedStatements";
            /// Condition keys that statements for this action ask for and the request does not have.
            missing_context_values: Vec<Text> = "MissingContextValues";
        }
        may {
            /// Across accounts: what each side comes to. Empty within one; absent without resource.
            eval_decision_details: BTreeMap<Text, PolicyEvaluationDecisionType> = "EvalDecisionDetails";
            /// Present under a permissions boundary.
            permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail = "PermissionsBoundaryDecisionDetail";
            /// Resource by resource, if several were asked about.
            resource_specific_results: Vec<ResourceSpecificResult> = "ResourceSpecificResults";
        }
    }
}

operation! {
    /// What policies that come with the request would decide. Nothing of the store is weighed but, for `sts:AssumeRole` and
    /// its like on a role of this account, the role's trust policy (which needs `GetRole`); condition keys are those that
    /// are given.
    #[derive(Clone, PartialEq, Eq)]
    iam SimulateCustomPolicy {
        must {
            /// Texts of identity-based policies.
            policy_input_list: Vec<Text> = "PolicyInputList" each [Length(1, 131_072), Matches(Pattern::PolicyText)];
            /// Actions, such as `kms:Decrypt`; no wildcards.
            action_names: Vec<Text> = "ActionNames" each [Length(3, 128)];
        }
        may {
            /// Text of the one policy that bounds the caller.
            permissions_boundary_policy_input_list: Vec<Text> = "PermissionsBoundaryPolicyInputList"
                each [Length(1, 131_072), Matches(Pattern::PolicyText)];
            /// ARNs; `*` without any.
            resource_arns: Vec<Text> = "ResourceArns" each [Length(1, 2048)];
            /// Text of the policy that every resource is to have.
            resource_policy: Text = "ResourcePolicy" [Length(1, 131_072), Matches(Pattern::PolicyText)];
            /// Account (its root's ARN) that owns resources whose ARNs name none; the caller's without it.
            resource_owner: Text = "ResourceOwner" [Length(1, 2048)];
            /// ARN of the user who is to be the caller; a resource's policy needs one.
            caller_arn: Text = "CallerArn" [Length(1, 2048)];
            /// Condition keys.
            context_entries: Vec<ContextEntry> = "ContextEntries";
            /// EC2 only: not served.
            resource_handling_option: Text = "ResourceHandlingOption" [Length(1, 64)];
            /// Size of a page, in actions; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 320), Matches(Pattern::EntityMarker)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] SimulateCustomPolicyResponse {
        must {
            /// The page, in the order of the actions.
            evaluation_results: Vec<EvaluationResult> = "EvaluationResults";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
operation! {
    /// What the policies of a user, group or role would decide: its own, those of its groups, its boundary. Otherwise as
    /// SimulateCustomPolicy.
    #[derive(Clone, PartialEq, Eq)]
    iam SimulatePrincipalPolicy {
        must {
            /// ARN of the user, group or role.
            policy_source_arn: Text = "PolicySourceArn" [Length(20, 2048)];
            /// Actions, such as `kms:Decrypt`; no wildcards.
            action_names: Vec<Text> = "ActionNames" each [Length(3, 128)];
        }
        may {
            /// Texts of further identity-based policies.
            policy_input_list: Vec<Text> = "PolicyInputList" each [Length(1, 131_072), Matches(Pattern::PolicyText)];
            /// Text of the one policy that bounds the caller, in place of its own boundary.
            permissions_boundary_policy_input_list: Vec<Text> = "PermissionsBoundaryPolicyInputList"
                each [Length(1, 131_072), Matches(Pattern::PolicyText)];
            /// ARNs; `*` without any.
            resource_arns: Vec<Text> = "ResourceArns" each [Length(1, 2048)];
            /// Text of the policy that every resource is to have.
            resource_policy: Text = "ResourcePolicy" [Length(1, 131_072), Matches(Pattern::PolicyText)];
            /// Account (its root's ARN) that owns resources whose ARNs name none; the caller's without it.
            resource_owner: Text = "ResourceOwner" [Length(1, 2048)];
            /// ARN of the user who is to be the caller; the source without it, if that is a user.
            caller_arn: Text = "CallerArn" [Length(1, 2048)];
            /// Condition keys.
            context_entries: Vec<ContextEntry> = "ContextEntries";
            /// EC2 only: not served.
            resource_handling_option: Text = "ResourceHandlingOption" [Length(1, 64)];
            /// Size of a page, in actions; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 320), Matches(Pattern::EntityMarker)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] SimulatePrincipalPolicyResponse {
        must {
            /// The page, in the order of the actions.
            evaluation_results: Vec<EvaluationResult> = "EvaluationResults";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
operation! {
    /// The condition keys that policies ask for.
    #[derive(Clone, PartialEq, Eq)]
    iam GetContextKeysForCustomPolicy {
        must {
            /// Texts of identity-based policies.
            policy_input_list: Vec<Text> = "PolicyInputList" each [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetContextKeysForCustomPolicyResponse {
        must {
            /// Each key once, sorted.
            context_key_names: Vec<Text> = "ContextKeyNames";
        }
        may {}
    }
}
operation! {
    /// The condition keys that the policies of a user, group or role ask for: its own, those of its groups, its boundary.
    #[derive(Clone, PartialEq, Eq)]
    iam GetContextKeysForPrincipalPolicy {
        must {
            /// ARN of the user, group or role.
            policy_source_arn: Text = "PolicySourceArn" [Length(20, 2048)];
        }
        may {
            /// Texts of further identity-based policies.
            policy_input_list: Vec<Text> = "PolicyInputList" each [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] GetContextKeysForPrincipalPolicyResponse {
        must {
            /// Each key once, sorted.
            context_key_names: Vec<Text> = "ContextKeyNames";
        }
        may {}
    }
}
from_text!(GetContextKeysForPrincipalPolicy);
