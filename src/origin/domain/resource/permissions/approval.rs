//! Which permissions count: approvals, and withdrawals of what forbids.
//!
//! A permission counts once it is approved. An owner of the organization approves by submitting; what
//! anyone else submits, or changes in substance, waits for another administrator. While an
//! organization has no owner, its administrators stand in for one.
//!
//! A Deny that counts is withdrawn in the same way, because its end allows as much as an Allow does: one
//! administrator asks (`withdraw`), and another one deletes, disables, rejects or changes it.

use super::super::Scene;
use crate::{
    core::time::UnixTime,
    origin::{
        domain::change_error::ChangeError,
        store::permissions::{Effect, Permission, State},
    },
};

impl Permission {
    /// Sets the state: a change of what it allows needs a new approval, and only an owner approves
    /// their own submission.
    pub(super) fn decide(
        &mut self,
        before: &Self,
        sent: Option<State>,
        scene: &Scene<'_>,
    ) -> Result<(), ChangeError> {
        let by = &scene.by;
        let is_owner = decides_alone(scene);
        let is_resubmitted = scene.is_new || !self.is_as_approved(before);
        if is_resubmitted {
            self.submitter_id.clone_from(&by.id);
            self.submitter.clone_from(&by.name);
            self.state = State::Pending;
            self.approver.clear();
            self.approved_at = None;
        }
        let wanted = match sent {
            // An owner approves by submitting.
            None if is_resubmitted && is_owner => State::Approved,
            // What was read is written back, together with a new substance.
            Some(State::Approved) if is_resubmitted && !is_owner => State::Pending,
            None => self.state,
            Some(state) => state,
        };
        if wanted != self.state {
            let is_decided = wanted == State::Approved && !is_owner;
            if is_decided && !is_another(scene, &self.submitter_id) {
                return Err(ChangeError::Forbidden(
                    "a permission is approved by another administrator than the one who submitted \
                     it; what a program submits, by an owner",
                ));
            }
            self.state = wanted;
            if wanted == State::Pending {
                self.approver.clear();
                self.approved_at = None;
            } else {
                self.approver.clone_from(&by.name);
                self.approved_at = Some(scene.now());
            }
        }
        let is_kept = self.forbids(scene.now()) && self.is_as_approved(before);
        if !scene.is_new && before.forbids(scene.now()) && !is_kept {
            before.may_weaken(scene)?;
        }
        Ok(())
    }

    /// Asks for the withdrawal of a Deny that counts, or takes that back. A new substance is another
    /// permission, which no administrator has asked to withdraw.
    pub(super) fn ask(
        &mut self,
        before: &Self,
        sent: Option<bool>,
        scene: &Scene<'_>,
    ) -> Result<(), ChangeError> {
        let forbids = self.forbids(scene.now());
        if sent == Some(false) || !forbids || !self.is_as_approved(before) {
            self.withdrawer_id.clear();
            self.withdrawer.clear();
        }
        if sent != Some(true) || !self.withdrawer_id.is_empty() {
            return Ok(());
        }
        if !forbids {
            let why = "only a Deny that counts is withdrawn: delete the permission";
            return Err(ChangeError::Conflict(why.to_owned()));
        }
        self.withdrawer_id.clone_from(&scene.by.id);
        self.withdrawer.clone_from(&scene.by.name);
        Ok(())
    }

    /// Refuses to end or change a Deny that counts, unless an owner does, or another administrator than
    /// the one who asks for it.
    pub(super) fn may_weaken(&self, scene: &Scene<'_>) -> Result<(), ChangeError> {
        let is_asked = || !self.withdrawer_id.is_empty() && is_another(scene, &self.withdrawer_id);
        if !self.forbids(scene.now()) || decides_alone(scene) || is_asked() {
            return Ok(());
        }
        Err(ChangeError::Forbidden(
            "a Deny that counts is ended or changed by an owner, or by another administrator than \
             the one who asks for it by withdraw: true",
        ))
    }

    /// Whether it is a Deny that counts at `now`.
    fn forbids(&self, now: UnixTime) -> bool {
        self.effect == Effect::Deny
            && self.state == State::Approved
            && self.is_enabled
            && self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether it still says what was decided about `before`.
    fn is_as_approved(&self, before: &Self) -> bool {
        self.effect == before.effect
            && self.resource_type == before.resource_type
            && self.resources == before.resources
            && self.actions == before.actions
            && self.domains == before.domains
            && self.applications == before.applications
            && self.projects == before.projects
            && self.members == before.members
            && self.expires_at == before.expires_at
            && self.is_enabled == before.is_enabled
    }
}

/// Whether the one who makes the change is another administrator than `first`: that person's agents are
/// no other one, and of a client or a key of the organization any administrator may hold the secret.
fn is_another(scene: &Scene<'_>, first: &str) -> bool {
    let by = &scene.by.id;
    let is_own = first == by || scene.resolved.party.iter().any(|it| it == first);
    let is_of_a_person = |id: &str| !id.contains('/');
    !is_own && is_of_a_person(first) && is_of_a_person(by)
}

/// Whether the one who makes the change needs no other administrator.
fn decides_alone(scene: &Scene<'_>) -> bool {
    scene.by.is_owner || !scene.resolved.has_owner
}
